"""An SMTP server for tests: says on what port it listens, then each message that it takes, as JSON.

    python smtp.py [PORT]

Mail for nobody@… is refused for good (550), mail for later@… is not taken now (451).
"""

import asyncio
import json
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 There is nobody here by that name"
        if address.startswith("later@"):
            return "451 4.3.0 Not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        parts = [part for part in message.walk() if not part.is_multipart()]
        said = {
            "envelope": [envelope.mail_from, *envelope.rcpt_tos],
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "types": [part.get_content_type() for part in message.walk()],
            "methods": [part.get_param("method") for part in parts if part.get_param("method")],
            "bodies": [part.get_content() if part.get_content_maintype() == "text" else part.get_content().decode()
                       for part in parts],
        }
        print(json.dumps(said), flush=True)
        return "250 OK"


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), hostname="smtp.test"), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
