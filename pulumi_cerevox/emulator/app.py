"""The application: the routes of both APIs, the pages for a browser, and the gate."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp
from swagger_ui_bundle import swagger_ui_path

from pulumi_cerevox.emulator.access import Access
from pulumi_cerevox.emulator.account_routes import account_router
from pulumi_cerevox.emulator.admin_routes import admin_router
from pulumi_cerevox.emulator.emulator import Emulator
from pulumi_cerevox.emulator.errors import ApiError
from pulumi_cerevox.emulator.gate import ADMIN_PREFIX, Gate
from pulumi_cerevox.emulator.links import add_links
from pulumi_cerevox.emulator.openapi import (
    VERSION,
    to_openapi_3_0,
    without_automatic_422,
)
from pulumi_cerevox.emulator.patterns import API_PREFIX
from pulumi_cerevox.emulator.routing import RouteTable
from pulumi_cerevox.emulator.token_routes import token_router
from pulumi_cerevox.emulator.user_routes import user_router

_DESCRIPTION = """An emulator of the Cerevox Account API, dialect `{dialect}`.

The vendor has nothing to do with it. What it answers comes from the public
documentation and the official Python SDK 0.2.0, or is an assumption."""


def create_app(emulator: Emulator) -> ASGIApp:
    """Return the ASGI application that serves an emulator."""
    access = Access(emulator)
    routers = [
        token_router(emulator, access),
        account_router(emulator, access),
        user_router(emulator, access),
    ]
    app = _DescribedApp(
        title="Cerevox Account API (emulator)",
        version="1",
        description=_DESCRIPTION.format(dialect=emulator.dialect.name),
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.include_router(router, prefix=API_PREFIX)
    app.include_router(admin_router(emulator), prefix=ADMIN_PREFIX)
    app.add_exception_handler(ApiError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_admin_field)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    app.mount("/docs/assets", StaticFiles(directory=swagger_ui_path), name="assets")
    routes = [route for router in routers for route in router.routes]
    return Gate(app, emulator, RouteTable(API_PREFIX, routes))


class _DescribedApp(FastAPI):
    """FastAPI with the description converted for the bundled Swagger UI."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = to_openapi_3_0(super().openapi())
            schema["openapi"] = VERSION
            without_automatic_422(schema["paths"], API_PREFIX)
            add_links(schema)
            self.openapi_schema = schema
        return self.openapi_schema


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ApiError):
        raise error
    return JSONResponse(error.body, status_code=error.status)


async def _refuse_admin_field(_: Request, error: Exception) -> Response:
    """Name the bad fields; not their values, which need not even be valid Unicode."""
    if not isinstance(error, RequestValidationError):
        raise error
    detail = [
        {"loc": item["loc"], "msg": item["msg"], "type": item["type"]}
        for item in error.errors()
    ]
    body = json.dumps({"detail": detail})
    return Response(body, status_code=422, media_type="application/json")


async def _docs() -> HTMLResponse:
    """Show the APIs in a browser, from the installed package alone."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Cerevox Account API (emulator)",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon-32x32.png",
    )
