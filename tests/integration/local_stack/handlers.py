"""Handlers of the small stack that proves the local runtime."""

from typing import Any

calls: dict[str, list[Any]] = {"work": [], "relay": [], "sweep": [], "authorize": []}


def work(event: dict[str, Any], _: object) -> dict[str, Any]:
    calls["work"].append([one["body"] for one in event["Records"]])
    bad = [one["messageId"] for one in event["Records"] if "bad" in one["body"]]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}


def relay(event: dict[str, Any], _: object) -> None:
    rows = [one["dynamodb"]["NewImage"]["sk"]["S"] for one in event["Records"]]
    calls["relay"].append(rows)
    if any("poison" in one for one in rows):
        raise RuntimeError("poison")


def sweep(event: dict[str, Any], context: Any) -> None:
    assert context.get_remaining_time_in_millis() > 0
    calls["sweep"].append(event["time"])


def authorize(event: dict[str, Any], _: object) -> dict[str, Any]:
    calls["authorize"].append(event["identitySource"])
    return {"isAuthorized": event["identitySource"] == ["good"], "context": {"agent": "eva"}}


def api(event: dict[str, Any], _: object) -> dict[str, Any]:
    if event["rawPath"] == "/open":
        if event.get("body") == "raise":
            raise RuntimeError("as asked")
        return {"echo": event.get("body"), "encoded": event["isBase64Encoded"]}
    return {
        "statusCode": 200,
        "headers": {"ETag": '"7"'},
        "cookies": ["a=1", "b=2"],
        "body": event["requestContext"]["authorizer"]["lambda"]["agent"]
        + event["pathParameters"]["id"],
    }
