"""Scores pairs of sound files by PESQ (ITU-T P.862, P.862.2) and STOI (Taal et al. 2011).

Reads one request a line: a list of {"reference": file, "heard": file}, 16-bit mono WAV files of one
rate, 8 kHz (narrowband) or 16 kHz (wideband). Writes one answer a line: a list of {"pesq": mean
opinion, "stoi": share}. Sound in which nothing is found to score gets the lowest mark, and so does
none at all.
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor

from pesq import PesqError, pesq
from pystoi import stoi
from scipy.io import wavfile

LOWEST_PESQ = 1.0


def score(pair):
    rate, reference = wavfile.read(pair["reference"])
    _, heard = wavfile.read(pair["heard"])
    if not heard.any():
        return {"pesq": LOWEST_PESQ, "stoi": 0.0}
    try:
        opinion = pesq(rate, reference, heard, "wb" if rate == 16_000 else "nb")
    except PesqError:
        opinion = LOWEST_PESQ
    intelligibility = stoi(reference / 32_768, heard / 32_768, rate)
    return {"pesq": float(opinion), "stoi": float(intelligibility)}


def main():
    with ProcessPoolExecutor() as workers:
        for line in sys.stdin:
            print(json.dumps(list(workers.map(score, json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
