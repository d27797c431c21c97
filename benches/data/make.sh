#!/usr/bin/env bash
# Makes the files that the benchmarks read, by OpenSSL 3.0. Run it in this folder.
set -euo pipefail

cat >leaf.cnf <<'CNF'
[req]
distinguished_name = dn
prompt = no
[dn]
C = DE
O = Acme Logistics GmbH
OU = EDI
CN = as2.acme.example
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = emailProtection, clientAuth, serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = DNS:as2.acme.example, email:edi@acme.example, URI:https://acme.example/edi
crlDistributionPoints = URI:http://crl.acme.example/issuing.crl
authorityInfoAccess = OCSP;URI:http://ocsp.acme.example, caIssuers;URI:http://acme.example/issuing.cer
certificatePolicies = 1.3.6.1.4.1.99999.1, @policy
[policy]
policyIdentifier = 2.23.140.1.5.1.1
CPS.1 = https://acme.example/cps
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
CNF

openssl req -x509 -newkey rsa:2048 -nodes -days 7300 -config leaf.cnf -extensions ca \
    -subj "/C=DE/O=Acme Logistics GmbH/CN=Acme Issuing CA" -keyout ca.key -out ca.pem
openssl req -newkey rsa:2048 -nodes -config leaf.cnf -keyout leaf.key -out leaf.csr
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 3650 -set_serial 0x4a2b3c4d5e6f708192a3b4c5d6e7f809 \
    -extfile leaf.cnf -extensions leaf -outform der -out leaf.der
openssl x509 -inform der -in leaf.der -out leaf.pem
openssl pkcs12 -export -in leaf.pem -inkey leaf.key -certfile ca.pem -name leaf -passout pass:secret -out leaf.p12
# The same without repetition, to tell what the key derivation costs.
openssl pkcs12 -export -in leaf.pem -inkey leaf.key -certfile ca.pem -name leaf -passout pass:secret -noiter -nomaciter -out leaf-once.p12
chmod 644 leaf.p12 leaf-once.p12
rm leaf.cnf leaf.csr leaf.key leaf.pem ca.key ca.pem
