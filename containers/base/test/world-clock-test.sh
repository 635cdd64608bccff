#!/bin/bash
# The world clock as ordinary programs see it. Prints TAP lines; the C program beside it prints the rest.
# Each wait is for a process to end or to write; nothing sleeps.
set -u
DAY=86400
offset=$((5 * DAY))
clock=/etc/world-clock

check() { # name, found, expected: equal within two seconds (a second may have gone by on either side)
  local difference=$(($2 - $3))
  if ((difference >= -2 && difference <= 2)); then echo "ok $1"; else echo "not ok $1: found $2, expected $3"; fi
}
exactly() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: found $2, expected $3"; fi; }
world() { echo $(($(clock-jump now) + offset)); }

rm -f "$clock"
: >"$clock"
echo /opt/mailproof/world-clock.so >/etc/ld.so.preload
check 'a clock file that is too short moves nothing' "$(date +%s)" "$(clock-jump now)"
clock-jump "$clock" 0
check 'an offset of zero moves nothing' "$(date +%s)" "$(clock-jump now)"

cd "$(mktemp -d)"
echo before >old
made=$(clock-jump now)
mkdir -m 755 jail

# Started before the jump, chrooted, other user: has the file mapped and needs nothing else.
coproc JAILED { perl -e 'chroot "jail" or die; chdir "/"; $) = $( = 65534; $> = $< = 65534; $| = 1; print "ready\n"; <STDIN>; print time, "\n"'; }
read -r ready <&"${JAILED[0]}"
exactly 'a program that chroots starts' "$ready" ready

clock-jump "$clock" "$offset"

echo go >&"${JAILED[1]}"
read -r jailed <&"${JAILED[0]}"
check 'a program that was chrooted and gave up root sees a later jump' "$jailed" "$(world)"

check 'date shows world time' "$(date +%s)" "$(world)"
check 'a shell shows world time' "$(bash -c 'echo $EPOCHSECONDS')" "$(world)"
check 'perl shows world time' "$(perl -e 'print time')" "$(world)"
check 'an empty environment changes nothing' "$(env -i /bin/date +%s)" "$(world)"

cp /bin/date setuid-date
chown nobody setuid-date
chmod 4755 setuid-date
check 'a setuid program sees world time' "$(./setuid-date +%s)" "$(world)"

echo after >new
check 'a file made after the jump is new' "$(stat -c %Y new)" "$(world)"
check 'a file made before the jump keeps the time when it was made' "$(stat -c %Y old)" "$made"
exactly 'find sees that it is old' "$(find . -name old -mtime +4)" ./old
exactly 'find sees that the new one is not' "$(find . -name new -mtime -1)" ./new
exactly 'test -nt compares world times' "$([ new -nt old ] && echo yes)" yes
check 'perl -M gives its age in world time' "$(perl -e 'printf "%d", (-M "old") * 86400')" "$offset"
check 'ls shows world time' "$(ls -l --time-style=+%s new | cut -d' ' -f6)" "$(world)"

touch -d @1000000000 stamped
exactly 'a time that touch sets is read back' "$(stat -c %Y stamped)" 1000000000
check 'its change time is the present of the world' "$(stat -c %Z stamped)" "$(world)"
perl -e 'utime 1234567890, 1234567891, "stamped" or die'
exactly 'times that utime sets are read back' "$(stat -c '%X %Y' stamped)" '1234567890 1234567891'
touch stamped
check 'touch without a time sets the present of the world' "$(stat -c %Y stamped)" "$(world)"
touch -r old copied
check 'a copied time is the time copied' "$(stat -c %Y copied)" "$made"
cp -p old kept
check 'cp -p keeps it too' "$(stat -c %Y kept)" "$made"

clock-jump "$clock" $((offset + DAY))
check 'after another jump a stamp that was set stays' "$(stat -c %Y copied)" "$made"
check 'and one that the kernel made stays' "$(stat -c %Y new)" "$(($(world) - 0))"
offset=$((offset + DAY))
exactly 'a file ages by the jump' "$(find . -name old -mtime +5)" ./old

world-clock-test "$offset"
echo "done"
