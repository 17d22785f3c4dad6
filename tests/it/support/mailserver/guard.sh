# Starts Dovecot, and Postfix when there is a configuration for it, in a folder of the tests. It reads from a pipe that only the
# test process holds, and stops both when the pipe closes, however that process ended. It runs as root.
trap '' INT TERM HUP
dir=$1
PATH=$PATH:/usr/sbin:/usr/local/sbin
echo $$ >"$dir/guard.pid"

# Whether a process is there and was started for this folder: numbers are given again.
is_of() { [ -n "$1" ] && grep -qsaF "$2" "/proc/$1/cmdline"; }

end() {
    master=$(cat "$1/run/master.pid" 2>/dev/null)
    [ -d "$1/postfix" ] && postfix -c "$1/postfix" stop >/dev/null 2>&1
    if is_of "$master" "$1/"; then
        kill "$master"
        # What a story stopped must run on to end.
        for stat in /proc/[0-9]*/stat; do
            read -r pid _ _ parent _ <"$stat" 2>/dev/null && [ "$parent" = "$master" ] && kill -CONT "$pid" 2>/dev/null
        done
        for _ in 1 2 3 4 5 6 7 8 9 10; do is_of "$master" "$1/" && sleep 0.1; done
        is_of "$master" "$1/" && kill -KILL "$master"
    fi
    rm -rf "$1"
}

# A run whose guard was killed, too, left its servers.
for old in /tmp/tp-mail-*; do
    guard=$(cat "$old/guard.pid" 2>/dev/null) || continue
    is_of "$guard" "$old" || end "$old"
done

failed() {
    echo "failed: $1: $(tail -n 3 "$dir/start.log" "$dir/dovecot.log" "$dir/postfix.log" 2>/dev/null | tr '\n' ' ')"
    end "$dir"
    exit 1
}

chown root "$dir/users" "$dir/key.pem" && chgrp dovecot "$dir/users" && chmod 640 "$dir/users" || failed "users"
dovecot -c "$dir/dovecot.conf" >>"$dir/start.log" 2>&1 </dev/null || failed "dovecot"
if [ -d "$dir/postfix" ]; then
    mkdir -p "$dir/queue" "$dir/data" && chown postfix "$dir/data" && chown -R root "$dir/postfix" || failed "postfix's folders"
    postfix -c "$dir/postfix" start >>"$dir/start.log" 2>&1 </dev/null || failed "postfix"
fi
echo ready
while read -r uid gid home rawlog; do
    # A new user: the home of somebody who is in the list of users already.
    mkdir -p "$home${rawlog:+/$rawlog}" && chown -R "$uid:$gid" "$home"
    echo ready
done
end "$dir"
