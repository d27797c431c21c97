#!/usr/bin/env bash
# Makes the example's certificates anew: self-signed, RSA-2048, valid for a hundred years, so that
# the example never fails because its certificates have grown old.
set -euo pipefail
cd "$(dirname "$0")"
make() { # file, common name, organisation, serial
    openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -set_serial "$4" \
        -subj "/C=DE/O=$3/CN=$2" \
        -addext "basicConstraints=critical,CA:FALSE" \
        -addext "keyUsage=critical,digitalSignature,keyEncipherment" \
        -addext "extendedKeyUsage=emailProtection" \
        -keyout key.pem -out certificate.pem
    openssl pkcs12 -export -inkey key.pem -in certificate.pem -name "$2" \
        -passout pass:rollcert -out "$1"
    rm key.pem certificate.pem
}
make alice.p12 "alice-as2-2026" "Alice Arrows" 0x1001
make alice-next.p12 "alice-as2-2027" "Alice Arrows" 0x1002
make bob.p12 "bob-as2-2026" "Bob Bolts" 0x2001
