// What the tool says on many occasions, word for word.

/** The authorization server's answer to a wrong proof keeps the reason to itself. */
export const REJECTED = 'the server rejected the client: `invalid_client`: client authentication failed (401)';

/** The same for a grant, a token or an assertion. */
export const INVALID_GRANT = 'the server rejected the request: `invalid_grant`: grant request is invalid (400)';

/** The hint where nothing better is known. */
export const EXPLAIN = '`--explain` shows the request and where each setting comes from';

/** The hint for a refresh token that the server does not take. */
export const LOG_IN =
  "the refresh token was used before, has expired, was revoked, or is another client's: let the user log in again";

/** The hint for an assertion that the server does not take as a grant. */
export const CHECK_ASSERTION =
  'check the assertion: who issues it, about whom, for which audience, until when, and that the server knows its key';

/** The hint for a rejected client whose proof is in this variable; `named` where its method is in another. */
export function checkClient(variable, named = true) {
  const method = named ? ', and `OAUTH_AUTH_METHOD`, from the environment' : '';
  return `check \`OAUTH_CLIENT_ID\` and \`${variable}\`, both from the environment${method}`;
}

/** The hint for a server that cannot answer now. */
export const TRY_LATER = 'try later; if it stays, ask who runs the server';

/** The hint for a target that is not known. */
export const CHECK_TARGET = 'check `--resource` and `--audience`: the server knows no such API';
