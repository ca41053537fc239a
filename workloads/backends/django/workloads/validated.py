"""The answers to what is wrong with a request. Django's forms would make numbers of texts."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

from validation import InvalidError

View = Callable[..., Any]


def validated(view: View) -> View:
    """Answers 422 when the view finds the request invalid, 413 when its body is too large."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def async_answer(request: HttpRequest, **parts: object) -> HttpResponse:
            try:
                return await view(request, **parts)
            except (InvalidError, RequestDataTooBig) as error:
                return _refusal(error)

        return async_answer

    @wraps(view)
    def answer(request: HttpRequest, **parts: object) -> HttpResponse:
        try:
            return view(request, **parts)
        except (InvalidError, RequestDataTooBig) as error:
            return _refusal(error)

    return answer


def _refusal(error: Exception) -> HttpResponse:
    status = 422 if isinstance(error, InvalidError) else 413
    return JsonResponse({"error": str(error)}, status=status)
