
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'oauth-token' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'oauth-token'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'oauth-token' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The token endpoint')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, 'The token endpoint')
            [CompletionResult]::new('--token-endpoint', '--token-endpoint', [CompletionResultType]::ParameterName, 'The token endpoint')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer, whose metadata tell the endpoint and the method')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client''s id')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'Read the secret from a file (`-`: stdin), not from OAUTH_CLIENT_SECRET')
            [CompletionResult]::new('--signing-key', '--signing-key', [CompletionResultType]::ParameterName, 'Sign with this private key: PEM or JWK')
            [CompletionResult]::new('--key-passphrase-file', '--key-passphrase-file', [CompletionResultType]::ParameterName, 'The passphrase of an encrypted key, in a file')
            [CompletionResult]::new('--key-id', '--key-id', [CompletionResultType]::ParameterName, 'The key''s id (`kid`), or which key of a JWK set to take')
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'The signature algorithm, as in RS256, PS256, ES256, EdDSA or HS256; by default the key''s own')
            [CompletionResult]::new('--signing-cert', '--signing-cert', [CompletionResultType]::ParameterName, 'Name the key by the thumbprint of its certificate, as Entra wants it')
            [CompletionResult]::new('--thumbprint', '--thumbprint', [CompletionResultType]::ParameterName, 'The thumbprint''s hash: `x5t#S256`, or the older `x5t`')
            [CompletionResult]::new('--assertion-audience', '--assertion-audience', [CompletionResultType]::ParameterName, 'The audience (`aud`) of assertions; by default the issuer, or the token endpoint')
            [CompletionResult]::new('--assertion-type', '--assertion-type', [CompletionResultType]::ParameterName, 'The type (`typ`) of assertions: JWT, client-authentication+jwt, or none')
            [CompletionResult]::new('--assertion-lifetime', '--assertion-lifetime', [CompletionResultType]::ParameterName, 'How long assertions are valid')
            [CompletionResult]::new('--client-assertion-file', '--client-assertion-file', [CompletionResultType]::ParameterName, 'Prove the client with an assertion from somebody else, such as Kubernetes or SPIFFE')
            [CompletionResult]::new('--client-assertion', '--client-assertion', [CompletionResultType]::ParameterName, 'The same, asked for where this runs: github-actions')
            [CompletionResult]::new('--cert', '--cert', [CompletionResultType]::ParameterName, 'Show this certificate to the token endpoint, in PEM, with or without its key')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The private key of `--cert`, in PEM')
            [CompletionResult]::new('--dpop-key', '--dpop-key', [CompletionResultType]::ParameterName, 'Bind the token to this key by DPoP (RFC 9449); `generate:FILE` makes the file where it is missing')
            [CompletionResult]::new('--grant-type', '--grant-type', [CompletionResultType]::ParameterName, 'client_credentials, refresh_token, jwt_bearer, token_exchange, password, or another by name or URI;')
            [CompletionResult]::new('--refresh-token-file', '--refresh-token-file', [CompletionResultType]::ParameterName, 'The refresh token, in a file; a new one takes its place there')
            [CompletionResult]::new('--assertion-file', '--assertion-file', [CompletionResultType]::ParameterName, 'jwt_bearer: the assertion, in a file')
            [CompletionResult]::new('--assertion-issuer', '--assertion-issuer', [CompletionResultType]::ParameterName, 'jwt_bearer: sign an assertion with `--signing-key`, of this issuer; by default the client''s id')
            [CompletionResult]::new('--assertion-subject', '--assertion-subject', [CompletionResultType]::ParameterName, 'jwt_bearer: on whose behalf (`sub`)')
            [CompletionResult]::new('--assertion-claim', '--assertion-claim', [CompletionResultType]::ParameterName, 'jwt_bearer: one more claim, a text; NAME:=JSON for other values; repeatable')
            [CompletionResult]::new('--google-service-account', '--google-service-account', [CompletionResultType]::ParameterName, 'jwt_bearer: everything from a key file of Google''s; it needs nothing else but a scope')
            [CompletionResult]::new('--subject-token-file', '--subject-token-file', [CompletionResultType]::ParameterName, 'token_exchange: the token of the one on whose behalf, in a file')
            [CompletionResult]::new('--subject-token', '--subject-token', [CompletionResultType]::ParameterName, 'token_exchange: the same, asked for where this runs: github-actions')
            [CompletionResult]::new('--subject-token-type', '--subject-token-type', [CompletionResultType]::ParameterName, 'token_exchange: its type, a URI or access_token, id_token, jwt, …')
            [CompletionResult]::new('--actor-token-file', '--actor-token-file', [CompletionResultType]::ParameterName, 'token_exchange: the token of the one who acts, in a file')
            [CompletionResult]::new('--actor-token-type', '--actor-token-type', [CompletionResultType]::ParameterName, 'token_exchange: its type')
            [CompletionResult]::new('--requested-token-type', '--requested-token-type', [CompletionResultType]::ParameterName, 'token_exchange: the type of token that is wanted')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'password: whose; RFC 9700 forbids this grant')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'password: the password, in a file')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'A scope, or several separated by spaces; repeatable')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'The API that the token is for, as Auth0 has it; repeatable')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource that the token is for (RFC 8707); repeatable')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'One more form parameter; repeatable')
            [CompletionResult]::new('--param-file', '--param-file', [CompletionResultType]::ParameterName, 'One more form parameter, a secret one, from a file; repeatable')
            [CompletionResult]::new('--dpop-proof', '--dpop-proof', [CompletionResultType]::ParameterName, 'Print the `DPoP:` line for this call to an API; with `--header`, both lines')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The variable for `--export`, `--github-env` and COMMAND')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust these certificate authorities too, in PEM')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Give up on a connection after this long')
            [CompletionResult]::new('--max-time', '--max-time', [CompletionResultType]::ParameterName, 'Give up altogether after this long, retries included')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Try again this often after passing faults')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Tunnel through this proxy, for https only; empty for none')
            [CompletionResult]::new('--min-ttl', '--min-ttl', [CompletionResultType]::ParameterName, 'Use a kept token only if it is valid for this long, as in 90, 90s, 5m or 1h;')
            [CompletionResult]::new('--assume-ttl', '--assume-ttl', [CompletionResultType]::ParameterName, 'Keep a token of unknown lifetime for this long [env: OAUTH_ASSUME_TTL]')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'The directory of the cache; by default oauth-token in the user''s cache directory')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'Read settings from this file too, and trust it')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth,')
            [CompletionResult]::new('--request-header', '--request-header', [CompletionResultType]::ParameterName, 'One more header field; repeatable')
            [CompletionResult]::new('--basic-encoding', '--basic-encoding', [CompletionResultType]::ParameterName, 'The spelling within Basic: by RFC 6749, or for servers that do not decode')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'Write `--export` for sh, fish, powershell, cmd, csh or nu [default: sh]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Print `Authorization: Bearer TOKEN`, for `curl -H @-`')
            [CompletionResult]::new('--expires-in', '--expires-in', [CompletionResultType]::ParameterName, 'Print how many seconds the token is valid for')
            [CompletionResult]::new('--expires-at', '--expires-at', [CompletionResultType]::ParameterName, 'Print when the token expires, in seconds since 1970 UTC')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print every field that the server sent, on one line, and `expires_at`')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Print a line for `eval $(…)` that exports the token, or fails without one')
            [CompletionResult]::new('--github-env', '--github-env', [CompletionResultType]::ParameterName, 'Mask the token and add it to $GITHUB_ENV, for the next steps of a job')
            [CompletionResult]::new('--no-newline', '--no-newline', [CompletionResultType]::ParameterName, 'Print no line break at the end')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Send credentials over http:// beyond this machine, for all to read')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep the token, encrypted, and use it again while it is valid [env: OAUTH_CACHE=1]')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Ask for a new token, and keep it')
            [CompletionResult]::new('--cache-clear', '--cache-clear', [CompletionResultType]::ParameterName, 'Remove everything that was kept, and do nothing else')
            [CompletionResult]::new('--no-env-file', '--no-env-file', [CompletionResultType]::ParameterName, 'Do not read ./.env [env: OAUTH_NO_ENV_FILE]')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Print every setting, where it comes from, and the request; send nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell what is sent and answered, and how long it took [env: OAUTH_VERBOSE]')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell what is sent and answered, and how long it took [env: OAUTH_VERBOSE]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No warnings and no hints, errors alone [env: OAUTH_QUIET]')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No warnings and no hints, errors alone [env: OAUTH_QUIET]')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
