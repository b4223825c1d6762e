// Keys in every form in which people have them, and the algorithm that follows from each.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { describe, test } from 'node:test';

import { decode } from '../jwt.mjs';
import { REJECTED, checkClient } from '../messages.mjs';
import { PASSPHRASE } from '../pki.mjs';

export function keys(idp) {
  describe('a key in a file', () => inFiles(idp));
  describe('a key in a variable', () => inVariables(idp));
  describe('a key with a passphrase', () => encrypted(idp));
  describe('one of several keys', () => several(idp));
  describe('a key that cannot serve', () => unusable(idp));
  describe('a certificate that names the key', () => named(idp));
}

// Every form: the client, and the content of its file.
const FORMS = {
  'RSA as PKCS#8': ['rs256', ({ pki }) => pem(pki, 'rsa')],
  'RSA as PKCS#1': ['rs256', ({ pki }) => pkcs1(pki, 'rsa')],
  'RSA as JWK': ['rs256', ({ pki }) => JSON.stringify(pki.privateJwk('rsa'))],
  'RSA as JWK for PS256': ['ps256', ({ pki }) => JSON.stringify(pki.privateJwk('rsa', { alg: 'PS256' }))],
  'P-256 as PKCS#8': ['es256', ({ pki }) => pem(pki, 'p256')],
  'P-256 as SEC1': ['es256', ({ pki }) => sec1(pki, 'p256')],
  'P-256 as SEC1 after EC PARAMETERS': ['es256', ({ pki }) => parameters(pki, 'prime256v1') + sec1(pki, 'p256')],
  'P-256 as JWK': ['es256', ({ pki }) => JSON.stringify(pki.privateJwk('p256'), null, 2)],
  'P-384 as PKCS#8': ['es384', ({ pki }) => pem(pki, 'p384')],
  'P-384 as SEC1 after EC PARAMETERS': ['es384', ({ pki }) => parameters(pki, 'secp384r1') + sec1(pki, 'p384')],
  'P-384 as JWK': ['es384', ({ pki }) => JSON.stringify(pki.privateJwk('p384'))],
  'Ed25519 as PKCS#8': ['eddsa', ({ pki }) => pem(pki, 'ed25519')],
  'Ed25519 as JWK': ['eddsa', ({ pki }) => JSON.stringify(pki.privateJwk('ed25519'))],
  'a JWK set of one': ['es256', ({ pki }) => JSON.stringify({ keys: [pki.privateJwk('p256')] })],
  'PEM with CRLF': ['rs256', ({ pki }) => pem(pki, 'rsa').replaceAll('\n', '\r\n')],
  'PKCS#1 with CRLF': ['rs256', ({ pki }) => pkcs1(pki, 'rsa').replaceAll('\n', '\r\n')],
  'PEM without a line break at its end': ['es256', ({ pki }) => pem(pki, 'p256').trimEnd()],
  'PEM with a byte order mark': ['es256', ({ pki }) => `\ufeff${pem(pki, 'p256')}`],
  'PEM after a certificate': ['rs256', ({ pki }) => pki.read(pki.cert('client-dn-rsa')) + pem(pki, 'rsa')],
  'PEM after words of openssl': ['rs256', ({ pki }) => `Bag Attributes\n    friendlyName: mine\n${pem(pki, 'rsa')}`],
};

// How messages name the key.
const FILE = '`OAUTH_SIGNING_KEY_FILE` from the environment';

const pem = (pki, name) => pki.read(pki.key(name));
const pkcs1 = (pki, name) => pki.openssl('rsa', '-traditional', '-in', pki.key(name));
const sec1 = (pki, name) => pki.openssl('ec', '-in', pki.key(name));
const parameters = (pki, curve) => pki.openssl('ecparam', '-name', curve);

// A client of each kind of key.
const PEM = { rs256: 'rsa', es256: 'p256', eddsa: 'ed25519' };

/** The algorithm is left to be found from the key. */
const withKey = (file) => ({ OAUTH_SIGNING_KEY_FILE: file, OAUTH_ALGORITHM: undefined });

function inFiles(idp) {
  for (const [form, [id, content]] of Object.entries(FORMS)) {
    test(`${form} signs for \`${id}\``, async () => {
      const file = idp.pki.write('form.key', content(idp));
      const { requests } = await idp.ownToken({ as: id, env: withKey(file) });
      assert.equal(decode(requests[0].form.client_assertion).header.alg.toLowerCase(), id);
    });
  }

  test('a file that others can read serves, with a warning', async () => {
    const file = idp.pki.write('open.key', pem(idp.pki, 'p256'));
    chmodSync(file, 0o644);
    const { code, stderr } = await idp.run({ as: 'es256', env: withKey(file) });
    const warning = `other users of this machine can read the file of ${FILE}: chmod 600 ${file}`;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: `oauth-token: warning: ${warning}\n` });
  });
}

function inVariables(idp) {
  const variable = (content) => ({ OAUTH_SIGNING_KEY: content, OAUTH_SIGNING_KEY_FILE: undefined });

  for (const [form, [id, content]] of Object.entries(FORMS)) {
    test(`${form} signs for \`${id}\``, () =>
      idp.ownToken({ as: id, env: { ...variable(content(idp)), OAUTH_ALGORITHM: undefined } }));
  }

  for (const [id, key] of Object.entries(PEM)) {
    const escaped = (line) => idp.ownToken({ as: id, env: variable(pem(idp.pki, key).replaceAll('\n', line)) });
    test(`PEM with literal \\n signs for \`${id}\``, () => escaped('\\n'));
    test(`PEM with literal \\n and line breaks signs for \`${id}\``, () => escaped('\\n\n'));
  }

  test('PEM with literal \\r\\n signs', () =>
    idp.ownToken({ as: 'es256', env: variable(pem(idp.pki, 'p256').replaceAll('\n', '\\r\\n')) }));

  test('a variable and a file at once are exit 3, before anything is sent', async () => {
    const env = { OAUTH_SIGNING_KEY: pem(idp.pki, 'p256') };
    const { code, stdout, stderr, requests } = await idp.run({ as: 'es256', env });
    assert.deepEqual([code, stdout, requests.length], [3, '', 0]);
    assert.match(stderr, /`OAUTH_SIGNING_KEY` and `OAUTH_SIGNING_KEY_FILE`, both from the environment,? are set\n/);
  });
}

// How openssl encrypts.
const CIPHERS = {
  'its default': [],
  'aes-128-cbc': ['-v2', 'aes-128-cbc'],
  'aes-256-cbc and SHA-512': ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512'],
  scrypt: ['-scrypt', '-scrypt_N', '1024'],
};

function encrypted(idp) {
  const encrypt = (key, cipher) => {
    const secret = idp.pki.write('passphrase', PASSPHRASE);
    const words = ['pkcs8', '-topk8', ...cipher, '-in', idp.pki.key(key), '-passout', `file:${secret}`];
    return idp.pki.write('encrypted.key', idp.pki.openssl(...words));
  };

  for (const [name, cipher] of Object.entries(CIPHERS)) {
    for (const [id, key] of Object.entries(PEM)) {
      test(`openssl's ${name} is opened for \`${id}\``, () =>
        idp.ownToken({ as: id, env: { ...withKey(encrypt(key, cipher)), OAUTH_KEY_PASSPHRASE: PASSPHRASE } }));
    }
  }

  test('the passphrase comes from a file as well', async () => {
    const file = idp.pki.write('passphrase.txt', `${PASSPHRASE}\n`);
    await idp.ownToken({ as: 'es256', env: { ...withKey(encrypt('p256', [])), OAUTH_KEY_PASSPHRASE_FILE: file } });
  });

  test('an encrypted key with CRLF is opened', async () => {
    const file = idp.pki.write('encrypted.key', idp.pki.read(encrypt('p256', [])).replaceAll('\n', '\r\n'));
    await idp.ownToken({ as: 'es256', env: { ...withKey(file), OAUTH_KEY_PASSPHRASE: PASSPHRASE } });
  });

  const refused = (reason) => `${FILE} cannot be used: ${reason}: ${idp.pki.directory}/encrypted.key`;

  test('another passphrase is exit 3, before anything is sent', async () => {
    const env = { ...withKey(encrypt('p256', [])), OAUTH_KEY_PASSPHRASE: 'wrong' };
    const error = refused('the passphrase does not open the key');
    const { requests } = await idp.failure({ as: 'es256', env }, 3, error, 'check `OAUTH_KEY_PASSPHRASE` or its file');
    assert.equal(requests.length, 0);
  });

  test('no passphrase is exit 3, with the way to give one', async () => {
    const hint = 'set `OAUTH_KEY_PASSPHRASE`, or pass `--key-passphrase-file FILE`';
    await idp.failure({ as: 'es256', env: withKey(encrypt('p256', [])) }, 3, refused('the key is encrypted'), hint);
  });

  test('a cipher of former times is exit 3, with the command that converts it', async () => {
    const file = encrypt('p256', ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA1']);
    const env = { ...withKey(file), OAUTH_KEY_PASSPHRASE: PASSPHRASE };
    const hint = 'convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out key.pem';
    await idp.failure({ as: 'es256', env }, 3, refused('the key is encrypted in a way that is not supported'), hint);
  });
}

function several(idp) {
  for (const [kid, key] of [['2024', 'rsa'], ['2025', 'rsa-next']]) {
    test(`the key ${kid} of two is found by its id`, async () => {
      const env = { OAUTH_SIGNING_KEY_FILE: idp.pki.key(key), OAUTH_KEY_ID: kid };
      const { requests } = await idp.ownToken({ as: 'rotating', env });
      assert.equal(decode(requests[0].form.client_assertion).header.kid, kid);
    });

    test(`--key-id takes the key ${kid} out of a JWK set`, async () => {
      const env = { OAUTH_SIGNING_KEY_FILE: keySet(idp), OAUTH_KEY_ID: undefined };
      const { requests } = await idp.ownToken({ as: 'rotating', env, args: ['--key-id', kid] });
      assert.equal(decode(requests[0].form.client_assertion).header.kid, kid);
    });

    test(`a JWK says its own id, ${kid}`, async () => {
      const file = idp.pki.write('one.jwk', JSON.stringify(idp.pki.privateJwk(key, { kid })));
      const env = { OAUTH_SIGNING_KEY_FILE: file, OAUTH_KEY_ID: undefined };
      const { requests } = await idp.ownToken({ as: 'rotating', env });
      assert.equal(decode(requests[0].form.client_assertion).header.kid, kid);
    });
  }

  test('a key under the id of another is exit 4', async () => {
    const env = { OAUTH_SIGNING_KEY_FILE: idp.pki.key('rsa-next'), OAUTH_KEY_ID: '2024' };
    await idp.failure({ as: 'rotating', env }, 4, REJECTED, checkClient('OAUTH_SIGNING_KEY_FILE'));
  });

  test('a JWK set of several without --key-id is exit 3, and their ids are named', async () => {
    const env = { OAUTH_SIGNING_KEY_FILE: keySet(idp), OAUTH_KEY_ID: undefined };
    const error = `${FILE} cannot be used: the JWK set has several private keys: ${env.OAUTH_SIGNING_KEY_FILE}`;
    await idp.failure({ as: 'rotating', env }, 3, error, 'choose one with `--key-id`: `2024`, `2025`');
  });
}

function keySet({ pki }) {
  const own = [pki.privateJwk('rsa', { kid: '2024' }), pki.privateJwk('rsa-next', { kid: '2025' })];
  const keys = [pki.publicJwk('rsa-wrong', { kid: 'public' }), ...own];
  return pki.write('set.jwks', JSON.stringify({ keys }));
}

// What is no key that the tool can sign with: its content, what is said of it, and the way out.
const NO_KEYS = {
  'an RSA key of 1024 bits': [({ pki }) => pki.openssl('genrsa', '1024'), /2048/, /openssl/],
  'a key of the curve P-521': [({ pki }) => generated(pki, 'P-521'), /P-521/, /P-256/],
  'a key of the curve secp256k1': [({ pki }) => generated(pki, 'secp256k1'), /secp256k1/, /P-256/],
  'a public key': [({ pki }) => pki.openssl('pkey', '-in', pki.key('p256'), '-pubout'), /public key/, /private/],
  'a certificate': [({ pki }) => pki.read(pki.cert('client-dn')), /certificate without a key/, /private/],
  'a key in openssl\'s old encryption': [({ pki }) => formerlyEncrypted(pki), /old form/, /openssl pkcs8 -topk8/],
};

const formerlyEncrypted = (pki) => pki.openssl('ec', '-in', pki.key('p256'), '-aes128', '-passout', 'pass:old!');
const generated = (pki, curve) => pki.openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`);

function unusable(idp) {
  for (const [name, [content, reason, hint]] of Object.entries(NO_KEYS)) {
    test(`${name} is exit 3 and named, with the way out, before anything is sent`, async () => {
      const result = await idp.run({ as: 'es256', env: withKey(idp.pki.write('no.key', content(idp))) });
      const [error, advice] = result.stderr.split('\n');
      assert.deepEqual([result.code, result.stdout, result.requests.length], [3, '', 0]);
      assert.match(error, reason);
      assert.match(advice, hint);
    });
  }

  test('an algorithm that the key cannot sign is exit 2, before anything is sent', async () => {
    const error = `\`OAUTH_ALGORITHM\` from the environment is \`RS256\`, which the key of ${FILE} cannot sign`;
    const options = { as: 'es256', env: { OAUTH_ALGORITHM: 'RS256' } };
    const { requests } = await idp.failure(options, 2, error, 'leave it out, or write one of ES256');
    assert.equal(requests.length, 0);
  });
}

function named(idp) {
  const headerOf = async (args) => {
    const certificate = ['--signing-cert', idp.pki.cert('client-dn-rsa')];
    const { requests } = await idp.ownToken({ as: 'ps256', args: [...certificate, ...args] });
    return decode(requests[0].form.client_assertion).header;
  };

  test('x5t#S256 is its thumbprint', async () => {
    const header = await headerOf([]);
    assert.deepEqual(header, { alg: 'PS256', typ: 'JWT', 'x5t#S256': idp.pki.certificateThumbprint('client-dn-rsa') });
  });

  test('x5t is the older one', async () => {
    const { fingerprint } = idp.pki.certificate('client-dn-rsa');
    const header = await headerOf(['--thumbprint', 'sha1']);
    assert.equal(header.x5t, Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url'));
    assert.equal('x5t#S256' in header, false);
  });
}
