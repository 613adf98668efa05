"""The routes of the HTTP API in the local AWS, which does not read them out of the API's own body.

They are those of the template, with its authorizer in front of them, as on AWS.
"""

from collections.abc import Mapping
from typing import Any

from infra.local.cloud import ROOT, Clients
from infra.local.stack import REGION, Authorizer, Stack, function_arn
from infra.local.template import load


def open_routes(aws: Clients, names: Mapping[str, str], endpoint: str) -> str:
    """Make the API's routes anew; return its address. `names` are physical by logical id."""
    stack = load(ROOT / "template.yaml", endpoint=endpoint)
    api_id = names["HttpApi"]
    gateway = aws("apigatewayv2")
    _clear(gateway, api_id)
    guards = {name: _guard(gateway, api_id, one, names) for name, one in stack.authorizers.items()}
    for function, target in _integrations(gateway, api_id, stack, names).items():
        for route in (one for one in stack.routes if one.function == function):
            guarded = (
                {"AuthorizationType": "CUSTOM", "AuthorizerId": guards[route.authorizer]}
                if route.authorizer
                else {}
            )
            gateway.create_route(
                ApiId=api_id, RouteKey=f"{route.method} {route.path}", Target=target, **guarded
            )
    # By its path: a name below localhost is not known to every resolver.
    return f"{endpoint}/_aws/execute-api/{api_id}/$default"


def _clear(gateway: Any, api_id: str) -> None:
    for route in gateway.get_routes(ApiId=api_id)["Items"]:
        gateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    for one in gateway.get_integrations(ApiId=api_id)["Items"]:
        gateway.delete_integration(ApiId=api_id, IntegrationId=one["IntegrationId"])
    for one in gateway.get_authorizers(ApiId=api_id)["Items"]:
        gateway.delete_authorizer(ApiId=api_id, AuthorizerId=one["AuthorizerId"])


def _guard(gateway: Any, api_id: str, one: Authorizer, names: Mapping[str, str]) -> str:
    path = f"2015-03-31/functions/{function_arn(names[one.function])}/invocations"
    made = gateway.create_authorizer(
        ApiId=api_id,
        Name=one.name,
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:{REGION}:lambda:path/{path}",
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=[f"$request.header.{header}" for header in one.headers],
        AuthorizerResultTtlInSeconds=one.ttl,
    )
    return str(made["AuthorizerId"])


def _integrations(
    gateway: Any, api_id: str, stack: Stack, names: Mapping[str, str]
) -> dict[str, str]:
    functions = {route.function for route in stack.routes}
    made = {
        function: gateway.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn(names[function]),
            PayloadFormatVersion="2.0",
        )
        for function in sorted(functions)
    }
    return {function: f"integrations/{one['IntegrationId']}" for function, one in made.items()}
