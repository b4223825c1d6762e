// Grants beside the client's own: assertions (RFC 7523) and token exchange (RFC 8693), with a server that refuses all that
// those RFCs let it refuse.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { JWT_BEARER, TOKEN_EXCHANGE } from '../clients.mjs';
import { decode, sign, withTimes } from '../jwt.mjs';
import { CHECK_ASSERTION, CHECK_TARGET, EXPLAIN, TRY_LATER } from '../messages.mjs';
import { RUNNER_TOKEN } from '../server.mjs';

const TYPE = 'urn:ietf:params:oauth:token-type:';

export function grants(idp) {
  describe('an assertion as grant, from a file', () => assertionFile(idp));
  describe('an assertion as grant, signed here', () => assertionSigned(idp));
  describe('a key file of a service account', () => serviceAccount(idp));
  describe('token exchange', () => exchange(idp));
  describe('a grant that is not for this client', () => others(idp));
}

const refused = (reason) => `the server rejected the request: \`invalid_grant\`: ${reason} (400)`;

/** An assertion of the issuer that the server trusts, with some claims changed. */
function assertion(idp, changes = {}, key = 'assertion-issuer') {
  const claims = { iss: 'https://issuer.example', sub: 'alice', aud: idp.server.issuer('root'), ...changes };
  return sign(withTimes(claims), idp.pki.read(idp.pki.key(key)), { alg: 'ES256', typ: 'JWT' });
}

/** The answer's fields, and the requests. */
async function json(idp, options) {
  const { code, stdout, stderr, requests } = await idp.run({ ...options, args: [...(options.args ?? []), '--json'] });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return { answer: JSON.parse(stdout), requests };
}

// What is wrong with an assertion, and what the server says.
const WRONG = [
  [{ iss: 'https://nobody.example' }, 'iss is unknown, or the signature is not of its key'],
  [{ sub: undefined }, 'sub is missing'],
  [{ aud: 'https://other.example' }, 'aud is not this server alone, as a string'],
  [{ aud: ['https://other.example'] }, 'aud is not this server alone, as a string'],
  [{ exp: 1 }, 'exp is missing, past, or far away'],
  [{ jti: undefined }, 'jti is missing or was used before'],
];

function assertionFile(idp) {
  const withFile = (content, more = {}) => ({ OAUTH_ASSERTION_FILE: idp.pki.write('grant.jwt', content), ...more });

  for (const as of ['basic-for-grants', 'public-for-grants']) {
    test(`gives \`${as}\` a token for its subject`, async () => {
      const content = assertion(idp);
      const { answer, requests } = await json(idp, { as, env: withFile(`${content}\n`) });
      assert.equal(answer.sub, 'alice');
      assert.deepEqual([requests[0].form.grant_type, requests[0].form.assertion], [JWT_BEARER, content]);
    });
  }

  test('of the client whose key signs it proves the client no further: the id alone is sent', async () => {
    const env = withFile(assertion(idp), { OAUTH_AUTH_METHOD: undefined, OAUTH_SIGNING_KEY_FILE: idp.pki.key('p256') });
    const { requests } = await json(idp, { as: 'public-for-grants', env });
    assert.deepEqual(Object.keys(requests[0].form).sort(), ['assertion', 'client_id', 'grant_type']);
  });

  for (const [changes, reason] of WRONG) {
    test(`is exit 5 where ${reason}: ${JSON.stringify(changes)}`, () =>
      idp.failure({ as: 'basic-for-grants', env: withFile(assertion(idp, changes)) }, 5, refused(reason), CHECK_ASSERTION));
  }

  test('is exit 5 where another key has signed it', () =>
    idp.failure(
      { as: 'basic-for-grants', env: withFile(assertion(idp, {}, 'p256-wrong')) },
      5,
      refused('iss is unknown, or the signature is not of its key'),
      CHECK_ASSERTION,
    ));

  test('is good for once, and the second time is exit 5', async () => {
    const env = withFile(assertion(idp));
    await idp.ownToken({ as: 'basic-for-grants', env });
    await idp.failure({ as: 'basic-for-grants', env }, 5, refused('jti is missing or was used before'), CHECK_ASSERTION);
  });

  test('is not sent again after a fault, for it is spent', async () => {
    idp.server.faults.push([503, '', { 'Retry-After': '0' }]);
    const options = { as: 'basic-for-grants', env: withFile(assertion(idp)) };
    const { requests } = await idp.failure(options, 9, 'the server is unwell (503)', TRY_LATER);
    assert.equal(requests.length, 1);
  });
}

function assertionSigned(idp) {
  const signed = (more = {}) => ({
    OAUTH_GRANT_TYPE: 'jwt-bearer',
    OAUTH_SIGNING_KEY_FILE: idp.pki.key('assertion-issuer'),
    OAUTH_ASSERTION_ISSUER: 'https://issuer.example',
    OAUTH_ASSERTION_SUBJECT: 'alice',
    OAUTH_ASSERTION_AUDIENCE: idp.server.issuer('root'),
    ...more,
  });

  test('says who, about whom, to whom and until when', async () => {
    const { answer, requests } = await json(idp, { as: 'basic-for-grants', env: signed() });
    const { iat, exp, jti, ...rest } = answer.claims;
    assert.deepEqual(rest, { iss: 'https://issuer.example', sub: 'alice', aud: idp.server.issuer('root') });
    assert.ok(jti && exp - iat === 60);
    assert.deepEqual(decode(requests[0].form.assertion).header, { alg: 'ES256', typ: 'JWT' });
    assert.match(requests[0].headers.authorization, /^Basic /);
  });

  test('says further claims, as texts and as JSON', async () => {
    const env = signed({ OAUTH_ASSERTION_CLAIM: 'tenant=a=b\nadmin:=true\nroles:=["x",1]' });
    const { answer } = await json(idp, { as: 'basic-for-grants', env, args: [] });
    const { tenant, admin, roles } = answer.claims;
    assert.deepEqual({ tenant, admin, roles }, { tenant: 'a=b', admin: true, roles: ['x', 1] });
  });

  test('is for the token endpoint where --url says it, and for the issuer where --issuer does', async () => {
    const none = { OAUTH_ASSERTION_AUDIENCE: undefined };
    const byUrl = await json(idp, { as: 'basic-for-grants', env: signed(none) });
    assert.equal(byUrl.answer.claims.aud, idp.server.tokenUrl());
    const env = signed({ ...none, OAUTH_ISSUER: idp.server.issuer('root') });
    const byIssuer = await json(idp, { as: 'basic-for-grants', env });
    assert.equal(byIssuer.answer.claims.aud, idp.server.issuer('root'));
  });

  test('is of the client itself where no issuer is said', async () => {
    const env = signed({ OAUTH_ASSERTION_ISSUER: undefined, OAUTH_SIGNING_KEY_FILE: idp.pki.key('p256') });
    const { answer } = await json(idp, { as: 'key-for-grants', env });
    assert.equal(answer.claims.iss, 'key-for-grants');
  });

  test('stands beside a client assertion of another identifier', async () => {
    const env = signed({ OAUTH_ASSERTION_ISSUER: undefined, OAUTH_SIGNING_KEY_FILE: idp.pki.key('p256') });
    const { requests } = await json(idp, { as: 'key-for-grants', env });
    const { assertion: grant, client_assertion: client } = requests[0].form;
    assert.notEqual(decode(grant).claims.jti, decode(client).claims.jti);
    assert.deepEqual([decode(client).claims.sub, decode(grant).claims.sub], ['key-for-grants', 'alice']);
  });

  test('is a new one after a fault', async () => {
    idp.server.faults.push([503, '', { 'Retry-After': '0' }]);
    const { requests } = await json(idp, { as: 'basic-for-grants', env: signed() });
    const identifiers = requests.map((request) => decode(request.form.assertion).claims.jti);
    assert.equal(new Set(identifiers).size, 2);
  });

  test('with another key is exit 5', () =>
    idp.failure(
      { as: 'basic-for-grants', env: signed({ OAUTH_SIGNING_KEY_FILE: idp.pki.key('p256-wrong') }) },
      5,
      refused('iss is unknown, or the signature is not of its key'),
      CHECK_ASSERTION,
    ));

  test('with a lifetime that the server finds too long is exit 5', () =>
    idp.failure(
      { as: 'basic-for-grants', env: signed(), args: ['--assertion-lifetime', '3600'] },
      5,
      refused('exp is missing, past, or far away'),
      CHECK_ASSERTION,
    ));
}

function serviceAccount(idp) {
  test('is all that an assertion on somebody\'s behalf needs, scopes included', async () => {
    const account = {
      type: 'service_account',
      client_email: 'robot@project.example',
      private_key: idp.pki.read(idp.pki.key('rsa')),
      private_key_id: 'the-first',
      token_uri: idp.server.tokenUrl(),
    };
    const env = {
      OAUTH_GOOGLE_SERVICE_ACCOUNT: idp.pki.write('account.json', JSON.stringify(account)),
      OAUTH_ASSERTION_SUBJECT: 'alice',
      OAUTH_SCOPE: 'a b',
    };
    // Google wants no client beside the assertion; this server does, so its endpoint is named as loudly as the file is.
    const { answer, requests } = await json(idp, { as: 'public-for-grants', env });
    const { iat, exp, jti, ...rest } = answer.claims;
    assert.deepEqual(rest, { iss: account.client_email, sub: 'alice', aud: account.token_uri, scope: 'a b' });
    assert.deepEqual(decode(requests[0].form.assertion).header, { alg: 'RS256', typ: 'JWT', kid: 'the-first' });
    assert.equal(requests[0].form.scope, undefined);
  });
}

function exchange(idp) {
  const as = 'basic-for-grants';
  const file = (name, content) => idp.pki.write(name, `${content}\n`);
  const own = async () => (await idp.ownToken({ as: 'post' })).token;

  test('takes an access token, whose type is the default', async () => {
    const env = { OAUTH_SUBJECT_TOKEN_FILE: file('subject', await own()) };
    const { answer, requests } = await json(idp, { as, env });
    assert.deepEqual([answer.sub, answer.issued_token_type, answer.token_type], ['post', `${TYPE}access_token`, 'Bearer']);
    const { grant_type: grant, subject_token_type: type } = requests[0].form;
    assert.deepEqual([grant, type], [TOKEN_EXCHANGE, `${TYPE}access_token`]);
  });

  for (const type of ['jwt', `${TYPE}jwt`]) {
    test(`takes a JWT, whose type is said as ${type}`, async () => {
      const env = { OAUTH_SUBJECT_TOKEN_FILE: file('subject', assertion(idp)), OAUTH_SUBJECT_TOKEN_TYPE: type };
      const { answer, requests } = await json(idp, { as, env });
      assert.equal(answer.sub, 'alice');
      assert.equal(requests[0].form.subject_token_type, `${TYPE}jwt`);
    });
  }

  test('says who acts on whose behalf', async () => {
    const env = {
      OAUTH_SUBJECT_TOKEN_FILE: file('subject', assertion(idp)),
      OAUTH_SUBJECT_TOKEN_TYPE: 'jwt',
      OAUTH_ACTOR_TOKEN_FILE: file('actor', await own()),
    };
    const { answer, requests } = await json(idp, { as, env });
    assert.deepEqual([answer.sub, answer.act], ['alice', 'post']);
    assert.equal(requests[0].form.actor_token_type, `${TYPE}access_token`);
  });

  test('may want another type of token, which is of no type for an API', async () => {
    const env = { OAUTH_SUBJECT_TOKEN_FILE: file('subject', await own()), OAUTH_REQUESTED_TOKEN_TYPE: 'id-token' };
    const { answer } = await json(idp, { as, env });
    assert.deepEqual([answer.issued_token_type, answer.token_type], [`${TYPE}id_token`, 'N_A']);
    await idp.ownToken({ as, env });
  });

  test('names several resources, each in a parameter of its own', async () => {
    const env = { OAUTH_SUBJECT_TOKEN_FILE: file('subject', await own()) };
    const args = ['--resource', 'https://api.example.com/a', '--resource', 'https://api.example.com/b', '--audience', 'c'];
    const { requests } = await json(idp, { as, env, args });
    assert.deepEqual(requests[0].form.resource, ['https://api.example.com/a', 'https://api.example.com/b']);
    assert.equal(requests[0].form.audience, 'c');
  });

  test('takes the identity of a CI job for its subject', async () => {
    const env = {
      OAUTH_SUBJECT_TOKEN: 'github-actions',
      OAUTH_ASSERTION_AUDIENCE: idp.server.issuer('root'),
      ACTIONS_ID_TOKEN_REQUEST_URL: `${idp.server.url}/runner/id-token?issuer=https://issuer.example+a-job`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_TOKEN,
    };
    const { answer, requests } = await json(idp, { as, env });
    assert.equal(answer.sub, 'a-job');
    assert.equal(requests.at(-1).form.subject_token_type, `${TYPE}jwt`);
  });

  // The type that is said of an access token, and what the server says to it.
  const REFUSALS = {
    id_token: `no such token type: ${TYPE}id_token`,
    'urn:example:own': 'no such token type: urn:example:own',
  };

  for (const [type, reason] of Object.entries(REFUSALS)) {
    test(`is exit 5 where the type is one that the server does not take: ${type}`, async () => {
      const env = { OAUTH_SUBJECT_TOKEN_FILE: file('subject', await own()), OAUTH_SUBJECT_TOKEN_TYPE: type };
      await idp.failure({ as, env }, 5, `the server rejected the request: \`invalid_request\`: ${reason} (400)`, EXPLAIN);
    });
  }

  test('is exit 5 where the token is none that the server knows', () =>
    idp.failure(
      { as, env: { OAUTH_SUBJECT_TOKEN_FILE: file('subject', 'unknown-token') } },
      5,
      'the server rejected the request: `invalid_request`: no such access token (400)',
      EXPLAIN,
    ));

  test('is exit 5 where the resource is none that the server knows', async () => {
    const env = { OAUTH_SUBJECT_TOKEN_FILE: file('subject', await own()), OAUTH_RESOURCE: 'https://unknown.example' };
    const error = 'the server rejected the request: `invalid_target`: resource indicator is missing, or unknown (400)';
    await idp.failure({ as, env }, 5, error, CHECK_TARGET);
  });
}

function others(idp) {
  test('is exit 5, in the words of the server', () =>
    idp.failure(
      { as: 'basic', env: { OAUTH_ASSERTION_FILE: idp.pki.write('grant.jwt', assertion(idp)) } },
      5,
      'the server rejected the request: `invalid_request`: requested grant type is not allowed for this client (400)',
      EXPLAIN,
    ));

  test('is exit 5 where the server does not offer it at all', () =>
    idp.failure(
      { as: 'basic', env: { OAUTH_GRANT_TYPE: 'urn:example:unknown' } },
      5,
      'the server rejected the request: `unsupported_grant_type`: unsupported grant_type requested (400)',
      'the server does not offer this grant here: check the URL, and whether the client may use it',
    ));
}
