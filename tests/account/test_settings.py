from typing import Any

import pytest

from pulumi_cerevox.account import (
    DEFAULT_BASE_URL,
    Account,
    ConfigurationError,
    Settings,
    base_url_or_default,
    checked_base_url,
)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://dev.cerevox.ai/v1/", "https://dev.cerevox.ai/v1"),
        ("https://api.example.com:8443/v1", "https://api.example.com:8443/v1"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://127.8.9.1/v1", "http://127.8.9.1/v1"),
        ("http://localhost:1/v1", "http://localhost:1/v1"),
        ("http://[::1]:80/v1", "http://[::1]:80/v1"),
    ],
)
def test_good_base_urls(given: str, used: str) -> None:
    assert checked_base_url(given) == used


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("http://dev.cerevox.ai/v1", "plain http"),
        ("http://127.0.0.1.canary.com/v1", "plain http"),
        ("http://localhost.canary.com", "plain http"),
        ("http://10.0.0.1/v1", "plain http"),
        ("http://127.1/v1", "plain http"),
        ("http://[::2]/v1", "plain http"),
        ("https://user:canary@example.com/v1", "credentials"),
        ("http://127.0.0.1@canary.com/", "credentials"),
        ("http://127.0.0.1\\@canary.com/", "credentials"),
        ("http://127.0.0.1\\.canary.com/", "host"),
        ("https://example.com/v1?canary=1", "query"),
        ("https://example.com/v1#canary", "fragment"),
        ("https://example.com/v1?", "query"),
        ("ftp://canary.com", "neither http nor https"),
        ("canary.com/v1", "neither http nor https"),
        ("https://", "host"),
        ("https://example.com:canary/", "parsed"),
        ("https://example.com:0/", "host"),
        ("https://exam ple.com/canary", "host"),
        ("https://example.com/canary\n", "characters"),
        ("https://example.com/../canary", "characters"),
        ("https://bücher.canary/", "host"),
    ],
)
def test_bad_base_urls_are_told_without_repeating_them(given: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=fault) as caught:
        checked_base_url(given)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"request_timeout": 0},
        {"request_timeout": float("nan")},
        {"request_timeout": True},
        {"max_wait_seconds": -1},
        {"max_wait_seconds": float("inf")},
        {"parallelism": 0},
        {"parallelism": 65},
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        Settings(**settings)


@pytest.mark.parametrize(
    "given", ["https://env.example/v1\n", " https://env.example/v1"]
)
def test_a_blank_around_the_environment_s_base_url_is_nothing(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("CEREVOX_BASE_URL", given)
    assert base_url_or_default(None) == "https://env.example/v1"
    monkeypatch.setenv("CEREVOX_BASE_URL", " \n")
    assert base_url_or_default(None) == DEFAULT_BASE_URL


def test_the_argument_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert repr(Account("k")) == "Account(base_url='https://dev.cerevox.ai/v1')"
    monkeypatch.setenv("CEREVOX_BASE_URL", "https://env.example/v1")
    assert repr(Account("k")) == "Account(base_url='https://env.example/v1')"
    given = Account("k", base_url="https://arg.example/v1")
    assert repr(given) == "Account(base_url='https://arg.example/v1')"
