from django.core.wsgi import get_wsgi_application

from cpu_work import calibrate

application = get_wsgi_application()
calibrate()
