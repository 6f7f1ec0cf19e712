import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_cerevox.account import email_fault, fold_email, name_fault

EMAIL_LIKE = st.builds(
    "{}@{}".format,
    st.text(max_size=12),
    st.one_of(
        st.text(max_size=20),
        st.text("aAßİ.。-xn-éÉ_\u0131\u017f\u0301\u200d", max_size=16),
    ),
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        pytest.param("  Ada@Example.COM\n", "ada@example.com", id="space and case"),
        pytest.param("ada+ops@example.com", "ada+ops@example.com", id="plus-tag"),
        pytest.param("ada@BÜCHER.de", "ada@xn--bcher-kva.de", id="idn"),
        pytest.param("ada@XN--BCHER-KVA.de", "ada@xn--bcher-kva.de", id="idn ascii"),
        pytest.param("ada@straße.de", "ada@xn--strae-oqa.de", id="sharp s is kept"),
        pytest.param("STRASSE@example.com", "strasse@example.com", id="ascii local"),
        pytest.param("straße@example.com", "straße@example.com", id="two mailboxes"),
        pytest.param("a@b_c.example", "a@b_c.example", id="underscore"),
        pytest.param("ada@例え。jp", "ada@xn--r8jz45g.jp", id="ideographic stop"),
        pytest.param("ada@Ä..de", "ada@ä..de", id="what idna refuses"),
        pytest.param("e\u0301@x.com", "é@x.com", id="accent apart"),
        pytest.param("É@x.com", "é@x.com", id="accent in one"),
        pytest.param("a@bu\u0308cher.de", "a@xn--bcher-kva.de", id="idn apart"),
        pytest.param("a@e\u0301..de", "a@é..de", id="refused and apart"),
        pytest.param("Ada@x.com.", "ada@x.com", id="dot at the end"),
        pytest.param("ada@bücher.de.", "ada@xn--bcher-kva.de", id="idn with a dot"),
        pytest.param("ada@bücher.de。", "ada@xn--bcher-kva.de", id="another dot"),
        pytest.param("user_id.", "user_id.", id="no email with a dot"),
        pytest.param("No Email", "no email", id="no email"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_emails_fold(written: str, folded: str) -> None:
    assert fold_email(written) == folded


@given(st.one_of(st.text(), EMAIL_LIKE))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold_email(text)
    assert fold_email(once) == once


@given(EMAIL_LIKE)
def test_folding_ignores_space_around(text: str) -> None:
    assert fold_email(f" {text}\t") == fold_email(text)


@pytest.mark.parametrize("email", ["a@b.c", "Ada.L+x@example.co.uk", "é@bücher.de"])
def test_good_emails(email: str) -> None:
    assert email_fault(email) is None


@pytest.mark.parametrize(
    ("email", "fault"),
    [
        ("", "is empty"),
        ("canary", 'has no "@"'),
        ("canary@x@y.z", 'has more than one "@"'),
        ("@canary.com", 'has nothing before the "@"'),
        ("canary@localhost", "no domain with a dot"),
        ("canary@localhost.", "no domain with a dot"),
        ("canary@", "no domain with a dot"),
        ("canary @x.y", "white space"),
        ("canary@x.y\n", "white space"),
        ("canary\u00a0@x.y", "white space"),
        ("c" * 250 + "@x.yz", "longer than 254"),
    ],
)
def test_bad_emails_are_told_without_repeating_them(email: str, fault: str) -> None:
    told = email_fault(email)
    assert told is not None
    assert fault in told
    assert "canary" not in told


def test_an_email_of_254_characters_is_fine() -> None:
    assert email_fault("c" * 250 + "@x.y") is None


@pytest.mark.parametrize("name", ["A", " Ada ", "x" * 100])
def test_good_names(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize("name", ["", "  \t", "x" * 101])
def test_bad_names(name: str) -> None:
    assert name_fault(name)
