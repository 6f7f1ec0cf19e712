"""TLS is on: where a certificate does not verify, no request is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from pulumi_cerevox import Account
from pulumi_cerevox.account import ConnectionFailedError
from pulumi_cerevox.testing import EmulatorProcess
from tests.doctor.conftest import TlsServer, make_certificate

Start = Callable[..., EmulatorProcess]


@pytest.mark.parametrize(
    ("host", "days", "is_trusted"),
    [
        pytest.param("127.0.0.1", 9, False, id="nobody vouches for it"),
        pytest.param("127.0.0.2", 9, True, id="of another host"),
        pytest.param("127.0.0.1", -1, True, id="out of date"),
        pytest.param("127.0.0.1", 9, True, id="good"),
    ],
)
def test_no_key_is_sent_to_whom_nobody_vouches_for(
    start_emulator: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days: int,
    is_trusted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    emulator = start_emulator(seed="team")
    certificate = tmp_path / "certificate.pem"
    make_certificate(certificate, host=host, ends=timedelta(days=days))
    is_good = is_trusted and host == "127.0.0.1" and days > 0
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    if is_trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with TlsServer(certificate, urlsplit(emulator.url).port or 0) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        url = f"https://127.0.0.1:{server.server_address[1]}/v1"
        try:
            with Account(emulator.api_key, base_url=url) as account:
                if is_good:
                    assert account.list_users()
                else:
                    with pytest.raises(ConnectionFailedError, match="not verify"):
                        account.list_users()
        finally:
            server.shutdown()
            thread.join()
    assert (emulator.count() > 0) is is_good
