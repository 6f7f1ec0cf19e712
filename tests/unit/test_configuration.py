"""Where settings come from, and which source wins."""

from __future__ import annotations

import pytest

from pulumi_cerevox.provider.configuration import read_settings
from pulumi_cerevox.provider.errors import ProviderError


def test_nothing_set_is_no_fault() -> None:
    settings = read_settings(lambda _: None, {})
    assert settings.api_key is None
    assert settings.max_removals == 5


def test_stack_config_comes_before_the_environment() -> None:
    config = {"cerevox:apiKey": "from-config", "cerevox:baseUrl": "https://a/v1"}
    environ = {"CEREVOX_API_KEY": "exported", "CEREVOX_BASE_URL": "https://b/v1"}
    settings = read_settings(config.get, environ)
    assert settings.api_key == "from-config"
    assert settings.base_url == "https://a/v1"
    assert "stack config" in settings.key_source


def test_two_different_keys_are_told_without_either() -> None:
    config = {"cerevox:apiKey": "from-config"}
    note = read_settings(config.get, {"CEREVOX_API_KEY": "exported"}).key_note
    assert note is not None
    assert "from-config" not in note
    assert "exported" not in note
    assert (
        read_settings(config.get, {"CEREVOX_API_KEY": "from-config"}).key_note is None
    )


def test_the_removal_limit_comes_from_the_environment_first() -> None:
    config = {"cerevox:maxRemovals": "2"}
    environ = {"CEREVOX_MAX_REMOVALS": "9"}
    assert read_settings(config.get, environ).max_removals == 9
    assert read_settings(config.get, {}).max_removals == 2


def test_the_key_is_not_in_the_settings_repr() -> None:
    settings = read_settings(lambda _: None, {"CEREVOX_API_KEY": "canary-key"})
    assert "canary-key" not in repr(settings)


def test_every_bad_number_is_named_at_once() -> None:
    config = {
        "cerevox:requestTimeout": "soon",
        "cerevox:maxWaitSeconds": "nan",
        "cerevox:parallelism": "0",
        "cerevox:maxRemovals": "1.5",
    }
    with pytest.raises(ProviderError) as caught:
        read_settings(config.get, {})
    for key in config:
        assert key in str(caught.value)
