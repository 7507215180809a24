"""What Terraform asks about a function besides its configuration: versions, and who signs its code."""

from __future__ import annotations

from typing import Any

from tests.emulator.test_emulated_lambda import ARN, create


def test_there_is_one_version_and_nothing_is_signed(client: Any, role: Any, refused: Any) -> None:
    functions = client("lambda")
    create(functions, role)
    (version,) = functions.list_versions_by_function(FunctionName="f")["Versions"]
    assert (version["Version"], version["FunctionArn"]) == ("$LATEST", f"{ARN}:$LATEST")
    assert functions.get_function_code_signing_config(FunctionName="f")["CodeSigningConfigArn"] == ""
    for ask in (functions.list_versions_by_function, functions.get_function_code_signing_config):
        with refused("ResourceNotFoundException"):
            ask(FunctionName="nowhere")
