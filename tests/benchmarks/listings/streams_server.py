import asyncio


async def echo(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0, backlog=100)
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main())
