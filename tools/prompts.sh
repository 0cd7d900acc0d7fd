#!/usr/bin/env bash
# Makes the voice prompts of crates/server/assets/prompts, one directory a language: recorded ones from Debian's
# asterisk-core-sounds packages, and those that were never recorded from free speech synthesisers (flite's "slt" for
# English, espeak-ng for French). Needs Debian, the network, and: flite espeak-ng sox.
#
#   tools/prompts.sh            writes the files anew
set -euo pipefail
cd "$(dirname "$0")/.."
assets=crates/server/assets/prompts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # package: its sounds, unpacked
  (cd "$work" && apt-get download -qq "$1" && dpkg-deb -x "$1"_*.deb "$1")
}
fetch asterisk-core-sounds-en-wav
fetch asterisk-core-sounds-fr-wav
en=$work/asterisk-core-sounds-en-wav/usr/share/asterisk/sounds/en_US_f_Allison
fr=$work/asterisk-core-sounds-fr-wav/usr/share/asterisk/sounds/fr_CA_f_June

# Our name and the recording's, where they differ.
recorded=(
  try-again-later:please-try-call-later goodbye:vm-goodbye only-person:conf-onlyperson
  enter-pin:confbridge-pin wrong-pin:conf-invalidpin too-many-pins:confbridge-pin-bad
  await-host:conf-waitforleader there-are:confbridge-there-are participants:confbridge-participants
  say-name:vm-rec-name beep:beep has-joined:confbridge-has-joined has-left:confbridge-has-left
  roll-over:conf-roll-callcomplete begins:confbridge-conf-begin locked:confbridge-locked unlocked:confbridge-unlocked
  you-were-removed:confbridge-removed
)
words=(today tomorrow at oclock a-m p-m
  day-{0..6} mon-{0..11} {0..20} 30 40 50 60 70 80 90 hundred thousand h-{1..20} h-30)

take() { # language, from, names...
  local language=$1 from=$2
  mkdir -p "$assets/$language"
  for pair in "${recorded[@]}"; do
    cp "$from/${pair#*:}.wav" "$assets/$language/${pair%%:*}.wav"
  done
  for word in "${words[@]}"; do cp "$from/digits/$word.wav" "$assets/$language/$word.wav"; done
}
take en "$en"
take fr "$fr"
cp "$en/digits/oh.wav" "$assets/en/oh.wav"
cp "$fr/digits/et.wav" "$assets/fr/and.wav"
cp "$en/conf-now-recording.wav" "$assets/en/recording.wav"
sox "$en/confbridge-begin-leader.wav" "$assets/en/conference-will-begin.wav" trim 0 1.45

# As telephones have it: 8 kHz, 16 bit, mono, as loud as the recordings, without silence around it.
telephone() { # from, to
  sox -D "$1" -b 16 -c 1 "$2" rate 8k gain -n -4 silence 1 0.05 0.5% reverse silence 1 0.05 0.5% reverse pad 0 0.15
}
say_en() { # name, text
  flite -voice slt -t "$2" -o "$work/said.wav"
  telephone "$work/said.wav" "$assets/en/$1.wav"
}
say_fr() { # name, text
  espeak-ng -v fr+f2 -s 150 -w "$work/said.wav" "$2"
  telephone "$work/said.wav" "$assets/fr/$1.wav"
}
say_en invitation "Hello. You are invited to a conference."
say_en press-1 "To join it, press one."
say_en await-start "Please wait. The conference has not begun yet."
say_en open-by-pin "If you are the host, type the host's pin and the hash key, and it begins at once."
say_en await-admission "Please wait. A host will let you in."
say_en not-admitted "You were not let in."
say_en hand-raised "Your hand is raised."
say_en hand-lowered "Your hand is lowered."
say_en all-muted "All guests are muted."
say_en hosts-only "Only a host can do this."
say_en not-recording "The recording has ended."
say_en muted "muted"
say_en guest "a guest"
say_en number-ending "a phone, whose number ends in"
say_en unmuted "not muted"
say_en which-room "Press the number of a break-out room, or zero for the main room."
say_en louder "louder"
say_en softer "softer"
say_en whispering "Only this participant hears you. Press five to speak to all again."
say_en heard-by-all "Everybody hears you again."
say_en removed "sent away"
say_en you-are-in "You are in"
say_en breakout-room "break-out room"
say_en main-room "the main room"
say_en gathering "In ten seconds everybody is brought back."
say_en gathered "Everybody is back."
say_en not-possible "This can't be done now."
say_en not-recorded-here "What is said in this room is not recorded."
say_en keys-roll "One makes this voice softer, and three makes it louder. Two sends to a break-out room, or back. Five whispers. Six mutes and unmutes. Seven, after your own name, has you say it anew. Eight sends away. Nine lowers the hand. Hash goes on."
say_en keys "Star six mutes and unmutes you. Star nine raises and lowers your hand. Star hash says how many are here. Star two says who is here. Star three takes you back from a break-out room."
say_en keys-guest "Star seven has you say your name anew."
say_en named "Your name is now"
say_en not-named "No name was heard."
say_en echo "Your phone returns the sound of the others. Please use a headset, or turn its loudspeaker down."
say_en keys-host "As a host you can act on whomever star two has just called: press zero then. Star one starts and stops the recording. Star three brings everybody back from break-out rooms. Star four mutes all guests. Star five locks and unlocks the conference. Star seven lets in whoever waits. Star eight sends them away."

say_fr invitation "Bonjour. Vous êtes invité à une conférence."
say_fr press-1 "Pour y participer, appuyez sur un."
say_fr await-start "Veuillez patienter. La conférence n'a pas encore commencé."
say_fr open-by-pin "Si vous êtes l'hôte, tapez le code de l'hôte et la touche dièse, et elle commence aussitôt."
say_fr await-admission "Veuillez patienter. Un hôte va vous faire entrer."
say_fr not-admitted "Vous n'avez pas été admis."
say_fr hand-raised "Votre main est levée."
say_fr hand-lowered "Votre main est baissée."
say_fr all-muted "Tous les invités sont en sourdine."
say_fr hosts-only "Seul un hôte peut faire cela."
say_fr recording "Cette conférence est enregistrée."
say_fr not-recording "L'enregistrement est terminé."
say_fr muted "en sourdine"
say_fr guest "un invité"
say_fr number-ending "un téléphone, dont le numéro se termine par"
say_fr conference-will-begin "La conférence commencera"
say_fr hours "heures"
say_fr unmuted "micro rétabli"
say_fr which-room "Appuyez sur le numéro d'une salle, ou sur zéro pour la salle principale."
say_fr louder "plus fort"
say_fr softer "moins fort"
say_fr whispering "Seul ce participant vous entend. Appuyez sur cinq pour parler à tous."
say_fr heard-by-all "Tout le monde vous entend de nouveau."
say_fr removed "renvoyé"
say_fr you-are-in "Vous êtes dans"
say_fr breakout-room "la salle"
say_fr main-room "la salle principale"
say_fr gathering "Dans dix secondes, tout le monde sera ramené dans la salle principale."
say_fr gathered "Tout le monde est de retour."
say_fr not-possible "Ce n'est pas possible maintenant."
say_fr not-recorded-here "Ce qui est dit dans cette salle n'est pas enregistré."
say_fr keys-roll "Un baisse cette voix, trois la monte. Deux envoie dans une autre salle, ou ramène. Cinq parle à cette personne seule. Six coupe et rétablit son micro. Sept, après votre propre nom, vous le fait redire. Huit la renvoie. Neuf baisse sa main. Dièse passe à la suivante."
say_fr keys "Étoile six coupe et rétablit votre micro. Étoile neuf lève et baisse votre main. Étoile dièse dit combien de personnes sont là. Étoile deux dit qui est là. Étoile trois vous ramène d'une autre salle."
say_fr keys-guest "Étoile sept vous fait redire votre nom."
say_fr named "Votre nom est maintenant"
say_fr not-named "Aucun nom n'a été entendu."
say_fr echo "Votre téléphone renvoie le son des autres. Veuillez utiliser un casque, ou baisser son haut-parleur."
say_fr keys-host "En tant qu'hôte, vous pouvez agir sur la personne qu'étoile deux vient de nommer: appuyez alors sur zéro. Étoile un lance et arrête l'enregistrement. Étoile trois ramène tout le monde des autres salles. Étoile quatre coupe le micro de tous les invités. Étoile cinq verrouille et déverrouille la conférence. Étoile sept fait entrer la personne qui attend. Étoile huit la renvoie."

du -sh "$assets"/en "$assets"/fr
