# SPDX-License-Identifier: MIT
"""What the pages may load, and where their sockets may go."""

from django.conf import settings

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; "
          f"frame-ancestors 'none'; connect-src 'self' {settings.ROOMWIRE_URL}")


class ContentPolicy:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # Of old browsers 'self' does not hold for sockets.
        scheme = "wss" if request.is_secure() else "ws"
        response["Content-Security-Policy"] = f"{POLICY} {scheme}://{request.get_host()}"
        return response
