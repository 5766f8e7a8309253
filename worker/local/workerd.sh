#!/bin/sh
# workerd, for a network of one machine (network.ts names it to Miniflare): ends with the process that started it, however that one
# ended. Its third descriptor is Miniflare's: nobody writes to it, and it closes when Miniflare's process is gone, also by kill -9.
# The watcher looks whether it still is workerd's child, so that it never ends a stranger who got an old number.
# shellcheck disable=SC2016
sh -c '
  read -r _ <&3
  parent=$(ps -o ppid= -p $$ 2>/dev/null || cut -d" " -f4 /proc/$$/stat)
  [ $((parent)) -eq "$PPID" ] && kill -9 "$PPID"
' </dev/null >/dev/null 2>&1 &
exec "$TAWTHIQ_WORKERD" "$@"
