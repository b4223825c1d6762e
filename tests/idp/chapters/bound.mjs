// Tokens that are bound to a certificate (RFC 8705 section 3), whatever else the client proves itself with.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { verify } from '../jwt.mjs';
import { EXPLAIN, INVALID_GRANT } from '../messages.mjs';

const JWT = 'https://api.example.com/jwt';

// The client, and the certificate that it shows.
const BOUND = {
  'tls-bound': 'client-dn',
  'self-signed-bound': 'self-signed',
  'basic-cert-bound': 'client-dn',
  'key-cert-bound': 'self-signed-rsa',
};

export function bound(idp) {
  describe('a certificate-bound token', () => {
    const url = () => idp.server.tokenUrl('root', idp.server.mtls);
    const pair = (name) => ({ OAUTH_CERT: idp.pki.cert(name), OAUTH_KEY: idp.pki.key(name) });
    const api = () => `${idp.server.mtls}/api/things`;

    for (const [id, name] of Object.entries(BOUND)) {
      test(`of \`${id}\` has the thumbprint of its certificate in \`cnf.x5t#S256\``, async () => {
        const { token } = await idp.token({ as: id, url: url(), env: { ...pair(name), OAUTH_RESOURCE: JWT } });
        const { claims } = verify(token, idp.pki.publicJwk('server-signing'));
        assert.deepEqual(claims.cnf, { 'x5t#S256': idp.pki.certificateThumbprint(name) });
      });

      test(`of \`${id}\` is taken by an API from whoever shows the certificate, and from nobody else`, async () => {
        const { stdout } = await idp.run({ as: id, url: url(), env: pair(name), args: ['--header'] });
        assert.match(stdout, /^Authorization: Bearer [!-~]+\n$/);
        const own = await idp.curl(stdout, '--cert', idp.pki.cert(name), '--key', idp.pki.key(name), api());
        assert.deepEqual(JSON.parse(own.stdout), { client: id });
        const foreign = await idp.curl(stdout, api());
        assert.equal(JSON.parse(foreign.stdout).error_description, 'the token is bound to another certificate');
      });
    }

    test('is not to be had without the certificate, which is exit 5', () =>
      idp.failure({ as: 'basic-cert-bound', url: url() }, 5, INVALID_GRANT, EXPLAIN));

    test('leaves the method what the secret is for', async () => {
      const env = { ...pair('client-dn'), OAUTH_AUTH_METHOD: undefined };
      const { requests } = await idp.ownToken({ as: 'basic-cert-bound', url: url(), env });
      assert.match(requests[0].headers.authorization, /^Basic /);
      assert.ok(requests[0].certificate);
    });
  });
}
