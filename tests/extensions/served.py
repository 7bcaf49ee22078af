"""A server that is asked as a client would, but without a port."""

import asyncio

import httpx

from hydranet.serving import Limits, Service, create_app


def ask(predictor, *requests):
    """Return the JSON of the answers to some requests: for each method, path and what else `httpx` takes."""

    async def answers():
        service = Service(predictor=predictor, model_name="model", limits=Limits())
        service.start()
        transport = httpx.ASGITransport(create_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            given = [await client.request(method, path, **more) for method, path, more in requests]
        await service.stop()
        return [response.raise_for_status().json() for response in given]

    return asyncio.run(answers())


def ask_about(predictor, picture):
    """Return a server's predictions about the bytes of one picture, by task."""
    [answer] = ask(predictor, ("POST", "/predict", {"content": picture}))
    return answer["predictions"]
