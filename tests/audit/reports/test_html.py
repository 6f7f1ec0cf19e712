"""The HTML report as a parser sees it; tests/browser has what a browser makes of it."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from click.testing import CliRunner

from pulumi_cerevox.audit import (
    Audited,
    AuditResult,
    Counts,
    FindingKind,
    Gap,
    GapKind,
    ReportFormat,
    Verdict,
    redacted,
    reports,
)
from pulumi_cerevox.audit.reports import html
from pulumi_cerevox.cli import main
from pulumi_cerevox.testing import EmulatorProcess
from tests.audit.samples import (
    HOSTILE_NAMES,
    audit_of,
    every_kind,
    finding,
    many,
    render_text,
)
from tests.audit.samples import hostile as harmful


def parsed(result: AuditResult) -> Element:
    """Parse the report; the slightest error of syntax fails."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page: Element = parser.parse(render_text(ReportFormat.HTML, result))
    return page


def words(part: Element) -> str:
    return " ".join("".join(part.itertext()).split())


def one(page: Element, tag: str, css_class: str) -> Element:
    (found,) = (
        part for part in page.iter(tag) if css_class in part.get("class", "").split()
    )
    return found


def figures(page: Element) -> dict[str, str]:
    return {
        words(term): words(told)
        for part in page.iter("dl")
        if part.get("class") in {"tiles", "kinds"}
        for term, told in zip(part.iter("dt"), part.iter("dd"), strict=True)
    }


def rows(page: Element) -> Iterator[dict[str, str]]:
    """Return each finding's cells by the column's label, without the empty ones."""
    for body in page.iterfind(".//section[@data-findings]/table/tbody"):
        for row in body.iter("tr"):
            yield {
                cell.attrib["data-label"]: words(cell)
                for cell in row
                if "data-label" in cell.attrib
            }


def tags(page: Element) -> set[object]:
    return {part.tag for part in page.iter()}


def attributes(page: Element) -> set[str | None]:
    return {key for part in page.iter() for key in part.keys()}  # noqa: SIM118


def headings(page: Element) -> list[str]:
    return [words(part) for part in page.iter("h2")]


def test_hostile_texts_are_text() -> None:
    page = parsed(harmful())
    assert [part.text for part in page.iter("script")] == [asset("page.js")]
    assert [part.text for part in page.iter("style")] == [asset("page.css")]
    assert not list(page.iter("img"))
    assert not list(page.iter("svg"))
    told = {"".join(part.itertext()) for part in page.iter("bdi")}
    for name in HOSTILE_NAMES:
        assert html.visible(name) in told
        assert html.visible(f"{name}@x.org") in told


def test_hostile_texts_add_no_element_and_no_attribute() -> None:
    gap = Gap(GapKind.ACCOUNT, "page 3 of the list answered 500")
    mild, worse = parsed(replace(every_kind(), gaps=(gap,))), parsed(harmful())
    # Of the one who is 10,000 characters long.
    folded = {"details", "summary", "small"}
    assert tags(worse) == tags(mild) | folded
    assert attributes(worse) <= attributes(mild)


def test_whatever_people_call_themselves_the_page_is_well_formed(
    hostile: str, filled: Callable[[str], AuditResult]
) -> None:
    page = parsed(filled(hostile))
    assert len(list(rows(page))) == len(filled(hostile).findings)
    assert len(page.findall(".//section[@id='people']/table/tbody/tr")) == 3
    assert attributes(page) <= attributes(parsed(every_kind()))
    assert tags(page) <= tags(parsed(every_kind())) | {"details", "summary", "small"}
    told = {"".join(part.itertext()) for part in page.iter("bdi")}
    assert html.visible(f"team{hostile}.yaml") in told


def test_nothing_in_the_page_asks_the_network() -> None:
    page = parsed(harmful())
    addresses = [
        part.attrib[key]
        for part in page.iter()
        for key in ("href", "src", "action", "srcset", "data", "poster")
        if key in part.attrib
    ]
    assert sorted(addresses) == ["#findings", "data:,"]
    assert "@import" not in asset("page.css")
    assert "url(" not in asset("page.css")


def test_the_policy_allows_the_page_s_own_style_and_script_alone() -> None:
    (policy,) = (
        part.attrib["content"]
        for part in parsed(every_kind()).iter("meta")
        if part.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": hashed(asset("page.css")),
        "script-src": hashed(asset("page.js")),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@pytest.mark.parametrize("result", [every_kind(), harmful()], ids=["kinds", "hostile"])
def test_the_page_is_ascii_and_the_same_every_time(result: AuditResult) -> None:
    page = render_text(ReportFormat.HTML, result)
    assert page.isascii()
    assert page.replace("\n", "").isprintable()
    assert page.endswith("</html>\n")
    assert page == render_text(ReportFormat.HTML, result)


def test_each_finding_has_its_cells() -> None:
    by_person = {cells["Who"]: cells for cells in rows(parsed(every_kind()))}
    assert len(by_person) == 10
    mallory = by_person["mallory@example.com Mallory usr_7"]
    assert mallory == {
        "Kind": f"undeclared admin {every_kind().findings[0].fingerprint}",
        "Who": "mallory@example.com Mallory usr_7",
        "Role": "admin",
        "Declared": "nobody",
        "Actual": "in the account",
        "Last login": "2026-10-30 06:15",
        "What to do": "declare them: `- {email: mallory@example.com, name: Mallory, "
        "role: admin}`, or remove them by hand",
    }
    assert by_person["trent@example.com"]["Last login"] == "never"
    bob = by_person["bob@example.com Bob usr_7"]
    assert (bob["Declared"], bob["Actual"]) == ("member", "admin")
    assert bob["Declared at"] == "people/team.yaml:12:5"
    carol = by_person["carol@example.com usr_7"]
    assert (carol["Declared"], carol["Actual"]) == (
        "until 2026-09-30",
        "in the account",
    )
    grace = by_person["grace@example.com"]
    assert grace["Actual"] == "not in the account"
    assert grace["Declared at"] == "Roster team"
    assert "Last login" not in grace
    ignored = by_person["break-glass@example.com usr_7"]
    assert ignored["Why"] == (
        "break-glass account until 2026-12-31 ask security@example.com"
    )
    assert "What to do" not in ignored


def test_only_an_unasked_admin_is_marked() -> None:
    marked = [
        words(row)
        for row in parsed(every_kind()).iter("tr")
        if row.get("class") == "raise"
    ]
    assert len(marked) == 2
    assert "mallory@" in marked[0]
    assert "bob@" in marked[1]


def test_the_sections_and_figures_are_those_of_the_result() -> None:
    page = parsed(every_kind())
    assert headings(page) == [
        "Warnings",
        "Figures",
        "Find",
        "Drift 6",
        "Notes 3",
        "Ignored 1",
    ]
    assert words(next(page.iter("h1"))) == every_kind().headline
    assert figures(page) == {
        "Declared": "42",
        "In the account": "44",
        "In place": "36",
        "Drift": "6",
        "Notes": "3",
        "Ignored": "1",
        "undeclared": "2",
        "left over": "0",
        "another role": "1",
        "expired": "1",
        "expired as admin": "0",
        "not in the directory": "0",
        "missing": "1",
        "another name": "1",
    }


def test_in_sync_says_so_and_offers_no_filters() -> None:
    page = parsed(audit_of([], counts=Counts(42, 42, 42)))
    assert headings(page) == ["Figures", "Drift"]
    assert figures(page)["Drift"] == "0"
    assert one(page, "section", "verdict").get("class") == "verdict in_sync"
    assert "None: everybody is as declared." in words(page)


@pytest.mark.parametrize(
    ("kind", "verdict", "told"),
    [
        (GapKind.ACCOUNT, Verdict.INCOMPLETE, "None in what could be compared"),
        (GapKind.AUTHENTICATION, Verdict.UNAUTHENTICATED, "Nothing was compared."),
    ],
)
def test_a_page_with_gaps_never_looks_in_sync(
    kind: GapKind, verdict: Verdict, told: str
) -> None:
    gap = Gap(kind, "page 3 of the list answered 500")
    page = parsed(audit_of([], [gap], counts=Counts(42, None, None)))
    assert one(page, "section", "verdict").get("class") == f"verdict {verdict.value}"
    assert headings(page)[0] == "Not read or not compared"
    assert gap.text in words(one(page, "section", "gaps"))
    assert told in words(page)
    assert figures(page) == {
        "Declared": "42",
        "In the account": "unknown",
        "In place": "unknown",
        "Drift so far": "unknown",
        "Notes": "0",
        "Ignored": "0",
    }
    assert "in_sync" not in words(next(page.iter("body")))
    assert words(next(page.iter("title"))).startswith("incomplete:")
    assert "everybody is as declared" not in words(page)


def test_what_was_found_beside_a_gap_is_counted_so_far() -> None:
    gap = Gap(GapKind.SOURCE, "User eve has a secret email")
    told = figures(parsed(replace(every_kind(), gaps=(gap,))))
    assert (told["Drift so far"], told["undeclared"]) == ("6", "2")


def test_a_long_text_is_folded_and_whole() -> None:
    long = "n" * 10_000
    page = parsed(
        audit_of([finding(FindingKind.UNDECLARED, "a@x.org", name=long, role="admin")])
    )
    folded = next(page.iter("details"))
    assert words(next(folded.iter("summary"))) == f"{'n' * 120}… 10,000 characters"
    assert [words(part) for part in folded.iter("bdi")][1] == long


def test_emails_and_paths_break_where_they_are_joined() -> None:
    page = render_text(ReportFormat.HTML, every_kind())
    assert "<bdi>bob@<wbr>example.com</bdi>" in page
    assert "<bdi>people/<wbr>team.yaml</bdi>:12:5" in page


def test_a_redacted_page_says_so_and_names_nobody() -> None:
    page = words(parsed(redacted(every_kind())))
    assert "Emails and names are replaced by lasting hashes." in page
    assert "mallory" not in page.lower()


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (Audited("https://api.example.com/v1"), "not known"),
        (Audited("https://api.example.com/v1", "acc_1"), "acc_1"),
        (Audited("https://api.example.com/v1", "acc_1", "Inc"), "Inc acc_1"),
    ],
)
def test_the_account_is_named_as_far_as_it_is_known(
    account: Audited, told: str
) -> None:
    page = parsed(audit_of([], account=account))
    assert words(next(page.iter("dd"))) == told


def test_times_are_told_in_utc_or_as_they_are() -> None:
    logins = {
        "a@x.org": ("2026-01-01T01:00:00+02:00", "2025-12-31 23:00"),
        "b@x.org": ("2026-01-01T01:00:00", "2026-01-01 01:00"),
        "c@x.org": ("last week", "last week"),
    }
    found = [
        finding(FindingKind.DORMANT, email, role="member", last_login=login)
        for email, (login, _) in logins.items()
    ]
    cells = {one["Who"]: one["Last login"] for one in rows(parsed(audit_of(found)))}
    assert cells == {email: told for email, (_, told) in logins.items()}


def test_a_finding_without_a_fix_has_no_button() -> None:
    bare = replace(finding(FindingKind.BANNED, "a@x.org"), fix="")
    page = parsed(audit_of([bare]))
    assert [part for part in page.iter("button") if part.get("class")] == [
        one(page, "button", "scripted")
    ]


def test_ten_thousand_findings_are_all_there() -> None:
    page = render_text(ReportFormat.HTML, many(10_000))
    assert page.count("<tr role") == 10_001
    assert "person9999@<wbr>example.com" in page


def test_without_the_extra_the_command_says_what_to_install() -> None:
    hidden = (
        "import sys; sys.modules['jinja2'] = None\n"
        "from pulumi_cerevox.cli import main; main()"
    )
    for words in (["audit", "team.yaml"], ["report", "audit.json"]):
        run = subprocess.run(
            [sys.executable, "-c", hidden, *words, "--format", "html=report.html"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 1
        assert run.stderr == (
            "pulumi-cerevox: jinja2 is missing; the html report needs: "
            "pip install 'pulumi-cerevox[report]'\n"
        )


def test_the_command_writes_the_page(
    start_emulator: Callable[..., EmulatorProcess],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    emulator = start_emulator(seed="empty")
    monkeypatch.setenv("CEREVOX_API_KEY", emulator.api_key)
    monkeypatch.setenv("CEREVOX_BASE_URL", emulator.url)
    monkeypatch.chdir(tmp_path)
    Path("team.yaml").write_text("members: [{email: eve@x.org}]", encoding="utf-8")
    run = CliRunner().invoke(main, ["audit", "team.yaml", "--format", "html=a.html"])
    assert run.exit_code == 7
    page = Path("a.html").read_text(encoding="ascii")
    assert "eve@<wbr>x.org" in page


def asset(name: str) -> str:
    return (Path(reports.__file__).parent / name).read_text(encoding="ascii")


def hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
