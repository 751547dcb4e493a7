#!/bin/bash
# A private Docker engine for the tests: no systemd, no bridge, no iptables.
#   eval "$(tests/sandbox/engine.sh start)"   installs docker.io where absent, starts an engine, exports DOCKER_HOST and ENGINE_DIR
#   tests/sandbox/engine.sh stop              stops the engine of ENGINE_DIR
# Prints nothing but the exports; says on stderr why there is no engine, and exits 1.
set -u
case "${1:-}" in
start)
  [ "$(id -u)" = 0 ] || { echo "engine.sh: starting an engine needs root; docker tests will be skipped" >&2; exit 1; }
  if ! [ -x /usr/sbin/dockerd ]; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io; } >&2 ||
      { echo "engine.sh: docker.io cannot be installed; docker tests will be skipped" >&2; exit 1; }
  fi
  D=${ENGINE_DIR:-$(mktemp -d)}
  [ ${#D} -le 60 ] || { echo "engine.sh: ENGINE_DIR=$D is longer than 60 bytes: its sockets would have no names" >&2; exit 1; }
  mkdir -p "$D"
  setsid dockerd -H "unix://$D/docker.sock" --data-root "$D/data" --exec-root "$D/exec" --pidfile "$D/docker.pid" \
    --bridge none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --userland-proxy=false \
    --exec-opt native.cgroupdriver=cgroupfs >"$D/dockerd.log" 2>&1 </dev/null &
  for _ in $(seq 1 300); do
    if /usr/bin/docker -H "unix://$D/docker.sock" info >/dev/null 2>&1; then
      echo "export DOCKER_HOST=unix://$D/docker.sock ENGINE_DIR=$D"
      exit 0
    fi
    sleep 0.1
  done
  echo "engine.sh: dockerd did not start; the end of its log:" >&2
  tail -5 "$D/dockerd.log" >&2
  exit 1
  ;;
stop)
  [ -n "${ENGINE_DIR:-}" ] && [ -f "$ENGINE_DIR/docker.pid" ] || exit 0
  PID=$(cat "$ENGINE_DIR/docker.pid")
  kill "$PID"
  for _ in $(seq 1 300); do kill -0 "$PID" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$PID" 2>/dev/null
  grep -o " $ENGINE_DIR/[^ ]*" /proc/mounts | sort -r | while read -r place; do umount -l "$place"; done
  exit 0
  ;;
*)
  echo "usage: engine.sh start|stop" >&2
  exit 2
  ;;
esac
