"""Seed files: what is refused, and where the complaint points."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_cerevox.emulator import SeedFileError, read_seed_file

ONE_ADMIN = "users:\n- {email: a@example.com, name: A, role: admin}\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("users: [", "1:9: "),
        ("users:\n\t- x\n", "2:1: "),
        ("users: []\n", "1:1: users"),
        (
            "more: 1\nusers:\n- {email: a@example.com, name: A, role: admin}\n",
            "1:1: more",
        ),
        (
            "users:\n- {email: a@example.com, name: A, role: boss}\n",
            "2:35: users.0.role",
        ),
        ("users:\n- email: nobody\n  name: A\n  role: admin\n", "2:3: users.0.email"),
        ("users:\n- name: A\n  role: admin\n", "2:3: users.0.email"),
        ("users:\n- {email: a@example.com, name: A}\n", "1:1: users: none"),
        (
            "users:\n- &a {email: a@example.com, name: A, role: admin}\n- *a\n",
            "1:1: users: a@example.com is there more than once",
        ),
        (
            f"account: {{}}\n{ONE_ADMIN}owner: b@example.com\n",
            "4:1: owner: b@example.com",
        ),
        (
            f"account:\n  id: a/b\n{ONE_ADMIN}",
            "2:3: account.id",
        ),
        ("- 1\n", "1:1: "),
        ("", "1:1: "),
        ("!!python/object/apply:os.getcwd []\n", "1:1: "),
    ],
)
def test_a_bad_seed_file_is_told_with_its_place(
    tmp_path: Path, text: str, place: str
) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(text)

    with pytest.raises(SeedFileError) as caught:
        read_seed_file(path)

    assert str(caught.value).startswith(f"{path}:{place}")


def test_every_complaint_about_a_seed_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text("account: {plan: gold}\nusers:\n- {email: a, name: ''}\n")

    with pytest.raises(SeedFileError) as caught:
        read_seed_file(path)

    lines = str(caught.value).splitlines()
    assert [line.removeprefix(f"{path}:").split(": ")[:2] for line in lines] == [
        ["1:11", "account.plan"],
        ["3:4", "users.0.email"],
        ["3:14", "users.0.name"],
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe\xff", None])
def test_a_seed_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "seed.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SeedFileError, match=r"seed\.yaml: "):
        read_seed_file(path)
