from django.core.asgi import get_asgi_application

from cpu_work import calibrate

application = get_asgi_application()
calibrate()
