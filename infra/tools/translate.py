"""Print template.yaml twice, as JSON: as written (`source`), as CloudFormation gets it (`stack`).

Runs in the environment `.tools/ministack`, which has the SAM translator; the project's own cannot
(the translator wants an older pydantic). Needs neither a region nor credentials.
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

SESSION = boto3.session.Session(region_name="eu-west-1")


def main(path: str) -> None:
    """Read, translate and print the template at `path`."""
    text = Path(path).read_text(encoding="utf-8")
    source = yaml_parse(text)
    defaults = {name: one.get("Default", "") for name, one in source["Parameters"].items()}
    translator = Translator({}, Parser(), boto_session=SESSION)
    stack = translator.translate(_packaged(yaml_parse(text)), defaults)
    json.dump({"source": source, "stack": stack}, sys.stdout, default=str)


def _packaged(template: dict[str, Any]) -> dict[str, Any]:
    """Let code lie in S3, as it does when CloudFormation sees the template."""
    template["Globals"]["Function"]["CodeUri"] = "s3://code/functions"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://code/layer"
    return template


if __name__ == "__main__":
    main(sys.argv[1])
