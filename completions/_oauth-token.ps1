
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
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The client''s id')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'Read the secret from a file (`-`: stdin), not from OAUTH_CLIENT_SECRET')
            [CompletionResult]::new('--grant-type', '--grant-type', [CompletionResultType]::ParameterName, 'The grant, by name or URI')
            [CompletionResult]::new('--scope', '--scope', [CompletionResultType]::ParameterName, 'A scope, or several separated by spaces; repeatable')
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'The API that the token is for, as Auth0 has it; repeatable')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource that the token is for (RFC 8707); repeatable')
            [CompletionResult]::new('--param', '--param', [CompletionResultType]::ParameterName, 'One more form parameter; repeatable')
            [CompletionResult]::new('--param-file', '--param-file', [CompletionResultType]::ParameterName, 'One more form parameter, a secret one, from a file; repeatable')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The variable for `--export`, `--github-env` and COMMAND')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust these certificate authorities too, in PEM')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Give up on a connection after this long')
            [CompletionResult]::new('--max-time', '--max-time', [CompletionResultType]::ParameterName, 'Give up altogether after this long, retries included')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Try again this often after passing faults')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Tunnel through this proxy, for https only; empty for none')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'Read settings from this file too, and trust it')
            [CompletionResult]::new('--auth-method', '--auth-method', [CompletionResultType]::ParameterName, 'client_secret_basic, client_secret_post (short: basic, post), or none')
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
