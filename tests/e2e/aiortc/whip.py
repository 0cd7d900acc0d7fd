"""A participant by WHIP, on aiortc: an implementation of WebRTC that this project did not write.

    whip.py ENDPOINT VOICE.wav HEARD.pcm

Plays a file again and again, keeps what it hears (16 kHz, one channel, 16 bits) and stays in the
conference until its standard input ends. Prints its progress.
"""

import asyncio
import sys
import urllib.request
from urllib.parse import urljoin

import av
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer


def send(method, url, body=None):
    """Sends an HTTP request; gives the answer's location and text."""
    headers = {"Content-Type": "application/sdp"} if body else {}
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.headers.get("Location"), answer.read().decode()


async def keep(track, path):
    """Writes all that comes in to a file."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
    with open(path, "wb", buffering=0) as file:
        while True:
            for frame in resampler.resample(await track.recv()):
                file.write(bytes(frame.planes[0])[: frame.samples * 2])


async def main(endpoint, voice, heard):
    connection = RTCPeerConnection()
    connected = asyncio.Event()

    @connection.on("connectionstatechange")
    def tell():
        print("state", connection.connectionState, flush=True)
        if connection.connectionState == "connected":
            connected.set()

    @connection.on("track")
    def listen(track):
        connection.listener = asyncio.ensure_future(keep(track, heard))

    connection.addTrack(MediaPlayer(voice, loop=True).audio)
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp.encode()
    location, answer = await asyncio.to_thread(send, "POST", endpoint, offer)
    await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await connected.wait()
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.to_thread(send, "DELETE", urljoin(endpoint, location))
    print("left", flush=True)
    connection.listener.cancel()
    await connection.close()


asyncio.run(main(*sys.argv[1:]))
