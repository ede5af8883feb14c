from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters import base_model
from adapters.connect import ModelSpec, connect
from adapters.errors import SetupError


def test_scripted_without_replies_takes_the_first_choice() -> None:
    from adapters.grammar import Grammar

    model: Any = connect(ModelSpec(kind="scripted"))
    assert model.invoke("x", grammar=Grammar.of_choices(["b", "a"])).text == "b"


def test_scripted_reads_its_replies_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "replies.json"
    path.write_text(json.dumps(["one", "two"]))
    model = connect(ModelSpec(kind="scripted", source=str(path)))
    assert [model.invoke("x").text for _ in range(2)] == ["one", "two"]


def test_class_of_another_package_is_imported_and_built() -> None:
    path = "langchain:langchain_core.language_models.fake_chat_models:FakeListChatModel"
    model = connect(ModelSpec(kind=path, arguments={"responses": ["hello"]}))
    assert model.invoke("x").text == "hello"


def test_local_folder_is_loaded_as_the_embedded_model(tiny_folder: Path) -> None:
    model = connect(ModelSpec(source=str(tiny_folder), quantization="none", device="cpu"))
    assert model._identifying_params == {"base": "tiny", "quantization": "none"}


def test_users_own_adapter_serves_its_task(tiny_folder: Path, tmp_path: Path) -> None:
    card = {
        "base_name": "tiny",
        "base_hash": base_model.base_hash(tiny_folder),
        "prompt_hashes": {"plan": "cd" * 32},
    }
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text(json.dumps(card))
    spec = ModelSpec(source=str(tiny_folder), quantization="none", device="cpu")
    served: Any = connect(replace(spec, own_adapters=tmp_path))
    assert (served.adapter_for("plan"), served.adapter_for("qa")) == ("mine", "base")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("gpt", "there is no model kind 'gpt'"),
        ("langchain:no_such_module_here:Model", "cannot be imported"),
        ("langchain:json:Model", "json has no class 'Model'"),
        ("langchain:", "cannot be imported"),
        ("langchain:collections:OrderedDict", "is not a LangChain chat model"),
        ("openai", "needs an address"),
    ],
)
def test_impossible_model_is_a_setup_error(kind: str, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        connect(ModelSpec(kind=kind, source=""))


def test_missing_openai_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(SetupError, match=r"footnote\[openai\]"):
        connect(ModelSpec(kind="openai", url="http://127.0.0.1:8000/v1", source="m"))


def test_api_key_is_not_printed() -> None:
    assert "secret" not in repr(ModelSpec(kind="openai", api_key="secret"))
