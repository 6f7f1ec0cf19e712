"""A naive provider, the way Pulumi's documentation of dynamic providers shows one.

Its source becomes part of a program, so that it is pickled by value; it makes one
call for each read, without a pool of connections and without a directory. To its
favour it logs in once a process, not once a call.
"""

import os
from typing import Any

import requests
from pulumi import dynamic


def call(token: str, method: str, path: str, body: Any = None) -> Any:
    """Send one request."""
    response = requests.request(
        method,
        os.environ["CEREVOX_BASE_URL"] + path,
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    response.raise_for_status()
    return response.json()


class NaiveUserProvider(dynamic.ResourceProvider):
    """One person, one call."""

    token: str

    def configure(self, _request: dynamic.ConfigureRequest) -> None:
        """Log in."""
        answer = requests.post(
            os.environ["CEREVOX_BASE_URL"] + "/token/login",
            auth=(os.environ["CEREVOX_API_KEY"], ""),
            timeout=60,
        )
        answer.raise_for_status()
        self.token = answer.json()["access_token"]

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Create the person."""
        person = {key: props[key] for key in ("email", "name", "role")}
        user = call(self.token, "POST", "/users", person)
        return dynamic.CreateResult(user["user_id"], {**props, **user})

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Read the person."""
        return dynamic.ReadResult(
            id_, {**props, **call(self.token, "GET", f"/users/{id_}")}
        )

    def update(
        self, id_: str, _olds: dict[str, Any], news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        """Change the person."""
        body = {"name": news["name"], "role": news["role"]}
        call(self.token, "PUT", f"/users/{id_}", body)
        return dynamic.UpdateResult({**news, "user_id": id_})

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the person."""
        call(self.token, "DELETE", f"/users/{id_}", {"email": props["email"]})


class NaiveUser(dynamic.Resource):
    """A person."""

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        """Register the person."""
        super().__init__(NaiveUserProvider(), name, props)
