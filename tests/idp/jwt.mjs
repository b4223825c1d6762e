// JSON Web Tokens as the tests need them: read, verified and signed with nothing but node's own crypto, so that the
// tool is not judged by a library that could share its mistakes.

import { constants, createHash, createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { sign as signBytes, verify as verifyBytes } from 'node:crypto';

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const ECDSA = { dsaEncoding: 'ieee-p1363' };

// What each algorithm means to node: the hash, and how the key is used.
const ALGORITHMS = {
  RS256: ['sha256', {}],
  RS384: ['sha384', {}],
  RS512: ['sha512', {}],
  PS256: ['sha256', PSS],
  PS384: ['sha384', PSS],
  PS512: ['sha512', PSS],
  ES256: ['sha256', ECDSA],
  ES384: ['sha384', ECDSA],
  EdDSA: [null, {}],
};

// The members of a JWK that its thumbprint covers (RFC 7638 section 3.2), in their order.
const THUMBPRINT = { EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'], RSA: ['e', 'kty', 'n'] };

const json = (part) => JSON.parse(Buffer.from(part, 'base64url'));
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('base64url');

/** Header and claims of a JWT, unverified. */
export function decode(jwt) {
  const [header, claims] = jwt.split('.').slice(0, 2).map(json);
  return { header, claims };
}

/** Header and claims of a JWT that this public JWK has signed; throws where it has not. */
export function verify(jwt, jwk) {
  const { header, claims } = decode(jwt);
  const [hash, how] = ALGORITHMS[header.alg] ?? fail(`no such algorithm: ${header.alg}`);
  const [head, body, signature, ...rest] = jwt.split('.');
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), ...how };
  const isGood = verifyBytes(hash, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  return isGood && rest.length === 0 ? { header, claims } : fail('the signature is another key\'s');
}

/** A JWT with these claims, signed with a private key in PEM. */
export function sign(claims, pem, header) {
  const [hash, how] = ALGORITHMS[header.alg];
  const message = `${part(header)}.${part(claims)}`;
  const signature = signBytes(hash, Buffer.from(message), { key: createPrivateKey(pem), ...how });
  return `${message}.${signature.toString('base64url')}`;
}

/** The claims, and those that make them good for a minute and for once. */
export function withTimes(claims) {
  const now = Math.floor(Date.now() / 1000);
  return { iat: now, exp: now + 60, jti: randomUUID(), ...claims };
}

/** The thumbprint of a JWK, as in `cnf.jkt`. */
export function thumbprint(jwk) {
  const members = THUMBPRINT[jwk.kty].map((name) => [name, jwk[name]]);
  return sha256(JSON.stringify(Object.fromEntries(members)));
}

function fail(reason) {
  throw new Error(reason);
}
