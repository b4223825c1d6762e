// Keys and certificates, made anew at every start by the openssl command: what people really have on their disks, in
// every form in which they have it.

import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sha256 } from './jwt.mjs';

export const PASSPHRASE = 'correct horse $battery "staple"';

// Nothing of the machine's own openssl.cnf is used.
const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
subjectAltName = DNS:localhost, IP:127.0.0.1
extendedKeyUsage = serverAuth
[plain]
extendedKeyUsage = clientAuth
[dns]
subjectAltName = DNS:client.example
[uri]
subjectAltName = URI:spiffe://example.org/client
[ip]
subjectAltName = IP:192.0.2.7
[email]
subjectAltName = email:client@example.org
`;

// Keys by name, and how openssl makes them.
const KEYS = {
  rsa: ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-next': ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-wrong': ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  p256: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'p256-wrong': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'p384-wrong': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  ed25519: ['genpkey', '-algorithm', 'ED25519'],
  'ed25519-wrong': ['genpkey', '-algorithm', 'ED25519'],
  dpop: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'server-signing': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'assertion-issuer': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
};

// Certificates by name: subject, extensions, who signs (nobody: it signs itself), key.
const CERTIFICATES = {
  'server-ca': ['/CN=the servers of these tests', 'authority'],
  'client-ca': ['/CN=the clients of these tests', 'authority'],
  'unknown-ca': ['/CN=somebody else', 'authority'],
  server: ['/CN=localhost', 'server', 'server-ca'],
  'client-dn': ['/C=DE/O=Example/CN=service one', 'plain', 'client-ca'],
  'client-dn-rsa': ['/O=Example/CN=service two', 'plain', 'client-ca', 'rsa'],
  'client-other-dn': ['/C=DE/O=Example/CN=service three', 'plain', 'client-ca'],
  'client-unknown-ca': ['/C=DE/O=Example/CN=service one', 'plain', 'unknown-ca'],
  'client-dns': ['/CN=by name', 'dns', 'client-ca'],
  'client-uri': ['/CN=by name', 'uri', 'client-ca'],
  'client-ip': ['/CN=by name', 'ip', 'client-ca'],
  'client-email': ['/CN=by name', 'email', 'client-ca'],
  'self-signed': ['/CN=self', 'plain'],
  'self-signed-rsa': ['/CN=self', 'plain', undefined, 'rsa'],
  'self-signed-other': ['/CN=self', 'plain'],
};

/** Everything in one directory: NAME.key.pem and NAME.cert.pem. */
export class Pki {
  constructor(directory) {
    this.directory = directory;
    this.write('openssl.cnf', CONFIG);
    Object.entries(KEYS).forEach(([name, how]) => this.openssl(...how, '-out', this.key(name)));
    Object.entries(CERTIFICATES).forEach(([name, row]) => this.certify(name, ...row));
  }

  key(name) {
    return join(this.directory, `${name}.key.pem`);
  }

  cert(name) {
    return join(this.directory, `${name}.cert.pem`);
  }

  read(file) {
    return readFileSync(file, 'utf8');
  }

  /** Writes a file that only its owner can read, and returns its path. */
  write(name, content) {
    const file = join(this.directory, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  openssl(...words) {
    return execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  certify(name, subject, extensions, authority, key) {
    if (key) this.write(`${name}.key.pem`, this.read(this.key(key)));
    else this.openssl(...KEYS.p256, '-out', this.key(name));
    const config = join(this.directory, 'openssl.cnf');
    const ask = ['req', '-new', '-config', config, '-subj', subject, '-key', this.key(name)];
    if (!authority) {
      this.openssl(...ask, '-x509', '-days', '2', '-extensions', extensions, '-out', this.cert(name));
      return;
    }
    const request = join(this.directory, `${name}.csr.pem`);
    this.openssl(...ask, '-out', request);
    this.openssl(
      'x509', '-req', '-in', request, '-CA', this.cert(authority), '-CAkey', this.key(authority), '-CAcreateserial',
      '-days', '2', '-extfile', config, '-extensions', extensions, '-out', this.cert(name),
    );
  }

  /** The public key as a JWK. */
  publicJwk(name, more = {}) {
    return { ...createPublicKey(this.read(this.key(name))).export({ format: 'jwk' }), ...more };
  }

  /** The private key as a JWK. */
  privateJwk(name, more = {}) {
    return { ...createPrivateKey(this.read(this.key(name))).export({ format: 'jwk' }), ...more };
  }

  /** The certificate as a server registers it: a JWK with `x5c`. */
  certificateJwk(name) {
    return this.publicJwk(name, { x5c: [this.certificate(name).raw.toString('base64')] });
  }

  /** The thumbprint of the certificate, as in `cnf.x5t#S256`. */
  certificateThumbprint(name) {
    return sha256(this.certificate(name).raw);
  }

  certificate(name) {
    return new X509Certificate(this.read(this.cert(name)));
  }
}
