#!/bin/sh
# Installs Debian or Ubuntu packages without starting their daemons, now or at the next boot. Run as root:
#     sudo sh launcher/install_packages.sh memcached redis-server rabbitmq-server
# The course starts servers of its own, on loopback only; the packages' daemons would listen to the whole network.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 NEEDRESTART_SUSPEND=1
policy=/usr/sbin/policy-rc.d
daemons='memcached redis-server rabbitmq-server erlang-base'

installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# Package scripts ask policy-rc.d before they start a daemon. None that comes now may start (a dependency may bring
# another one, such as cron); on the daemons of before, a policy that is there already keeps its say.
hold_daemons() {
    if [ -e "$policy" ] && ! grep -q 'the course' "$policy"; then mv "$policy" "$policy.before-the-course"; fi
    known=$(ls /etc/init.d /lib/systemd/system 2>/dev/null | sed 's/[@.].*//' | sort -u | tr '\n' ' ')
    cat > "$policy" <<END
#!/bin/sh
# Put here for a moment by the course, which installs servers that must not start by themselves.
name=\${1%%[@.]*}
case "\$name" in memcached|redis*|rabbitmq*|epmd) exit 101 ;; esac
case " $known " in *" \$name "*) ;; *) exit 101 ;; esac
[ ! -x $policy.before-the-course ] || exec $policy.before-the-course "\$@"
END
    chmod 755 "$policy"
}

# What was there before is left as it was; only what came now is kept from starting at boot.
disable_new_daemons() {
    for package in $new; do
        installed "$package" || continue
        for unit in $(dpkg -L "$package" | sed -n 's,.*/systemd/system/\([^@/]*\.\(service\|socket\)\)$,\1,p'); do
            if command -v systemctl >/dev/null; then systemctl --quiet disable "$unit" || true
            else rm -f /etc/systemd/system/*.wants/"$unit"; fi
        done
        for script in $(dpkg -L "$package" | sed -n 's,^/etc/init\.d/,,p'); do
            update-rc.d "$script" disable >/dev/null 2>&1 || true
        done
    done
}

finish() {
    disable_new_daemons
    rm -f "$policy"
    [ ! -e "$policy.before-the-course" ] || mv "$policy.before-the-course" "$policy"
}

new=
for package in $daemons; do installed "$package" || new="$new $package"; done
trap finish EXIT
trap 'exit 130' INT TERM HUP
hold_daemons

apt='apt-get -q -y -o DPkg::Lock::Timeout=60'
# An earlier installation may have been interrupted.
[ -z "$(dpkg --audit)" ] || dpkg --configure -a
# A repository that fails is no reason to stop: the packages may come from another.
$apt update || true
$apt install --no-install-recommends "$@"
