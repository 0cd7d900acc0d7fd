#!/usr/bin/env bash
# Makes the music that people wait with, crates/server/assets/music/music.wav, from Debian's package
# asterisk-moh-opsound-wav. Needs Debian, the network, and sox.
#
#   tools/music.sh              writes the file anew
set -euo pipefail
cd "$(dirname "$0")/.."
assets=crates/server/assets/music
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && apt-get download -qq asterisk-moh-opsound-wav && dpkg-deb -x asterisk-moh-opsound-wav_*.deb .)
# As telephones have it: 8 kHz, 16 bit, mono. Three quarters of a minute of it, which begins and ends in silence, so
# that it can follow itself; at -20 dBFS, from which the server takes some more.
mkdir -p "$assets"
sox -D "$work/usr/share/asterisk/moh/manolo_camp-morning_coffee.wav" -b 16 -c 1 -r 8000 "$assets/music.wav" \
  trim 0 45 gain 4.8 fade t 0.5 45 2 pad 0 0.5
du -h "$assets/music.wav"
