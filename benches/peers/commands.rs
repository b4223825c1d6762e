//! What is compared: each command, by its words and its environment.

use crate::Bench;

/// A command that is measured.
pub struct Peer {
    /// The first of a group is what its others are measured by.
    pub group: &'static str,
    pub name: &'static str,
    pub words: Vec<String>,
    pub variables: Vec<(&'static str, String)>,
}

/// The twelve lines that people paste.
const NODE: &str = "
const body = new URLSearchParams({ grant_type: 'client_credentials' });
const basic = Buffer.from(`${process.env.OAUTH_CLIENT_ID}:${process.env.OAUTH_CLIENT_SECRET}`).toString('base64');
const response = await fetch(process.env.OAUTH_TOKEN_URL, {
  method: 'POST',
  headers: { Authorization: `Basic ${basic}` },
  body,
});
const token = await response.json();
console.log(token.access_token);
";

const PYTHON: &str = "
import base64, json, os, urllib.request
basic = base64.b64encode(f\"{os.environ['OAUTH_CLIENT_ID']}:{os.environ['OAUTH_CLIENT_SECRET']}\".encode()).decode()
request = urllib.request.Request(os.environ['OAUTH_TOKEN_URL'], b'grant_type=client_credentials', {'Authorization': f'Basic {basic}'})
print(json.load(urllib.request.urlopen(request))['access_token'])
";

impl Bench {
    /// Everything that is compared. The first of each group is what the others are measured by.
    pub fn peers(&self) -> Vec<Peer> {
        let bundle = self.path("bundle.pem");
        let two = self.path("two.pem");
        let mut peers = Vec::new();
        let cache = self.path("cache");
        let mut add = |group, name, words: Vec<&str>, url: &str, roots: &str| {
            let mut variables = vec![
                ("OAUTH_CLIENT_ID", "my-client".to_owned()),
                ("OAUTH_CLIENT_SECRET", "my-secret".to_owned()),
                ("OAUTH_TOKEN_URL", url.to_owned()),
                ("HOME", self.path("")),
                ("PATH", std::env::var("PATH").unwrap_or_default()),
            ];
            if group == "cached" {
                variables.extend([("OAUTH_CACHE", "1".to_owned()), ("OAUTH_CACHE_DIR", cache.clone())]);
            }
            if !roots.is_empty() {
                variables.extend([
                    ("SSL_CERT_FILE", roots.to_owned()),
                    ("CURL_CA_BUNDLE", roots.to_owned()),
                    ("NODE_EXTRA_CA_CERTS", two.clone()),
                ]);
            }
            peers.push(Peer {
                group,
                name,
                words: words.into_iter().map(str::to_owned).collect(),
                variables,
            });
        };
        let tool = self.tool.as_str();
        let curl = "curl -sS -u my-client:my-secret -d grant_type=client_credentials $OAUTH_TOKEN_URL";
        let curl_jq = format!("{curl} | jq -r .access_token");
        let words: Vec<&str> =
            vec!["curl", "-sS", "-u", "my-client:my-secret", "-d", "grant_type=client_credentials"];
        for (group, url) in [("HTTPS, P-256", &self.servers.p256), ("HTTPS, RSA", &self.servers.rsa)] {
            if url.is_empty() {
                continue;
            }
            let with_url = |words: &[&'static str]| -> Vec<String> {
                words.iter().map(|word| (*word).to_owned()).chain([url.clone()]).collect()
            };
            let curl_words = with_url(&[
                "curl",
                "-sS",
                "-u",
                "my-client:my-secret",
                "-d",
                "grant_type=client_credentials",
            ]);
            let curl_words: Vec<&str> = curl_words.iter().map(String::as_str).collect();
            add(group, "curl, the system's bundle", curl_words.clone(), url, &bundle);
            add(group, "curl, two roots", curl_words, url, &two);
            add(group, "curl \\| jq", vec!["sh", "-c", &curl_jq], url, &bundle);
            add(group, "Node, fetch", vec!["node", "--input-type=module", "-e", NODE], url, &bundle);
            add(group, "Python, urllib", vec!["python3", "-c", PYTHON], url, &bundle);
            add(group, "oauth-token, the system's bundle", vec![tool], url, &bundle);
            add(group, "oauth-token, two roots", vec![tool], url, &two);
            if let Some(tool) = &self.static_tool {
                add(
                    group,
                    "oauth-token, static, the system's bundle",
                    vec![tool, "--no-env-file"],
                    url,
                    &bundle,
                );
            }
            if let Some(floor) = &self.floor {
                add(group, "bare rustls, two roots", vec![floor], url, &two);
            }
        }
        let plain = self.servers.plain.clone();
        let plain_words: Vec<&str> = words.iter().copied().chain([plain.as_str()]).collect();
        add("HTTP", "curl", plain_words, &plain, "");
        add("HTTP", "oauth-token", vec![tool], &plain, "");
        add("HTTP", "oauth-token, by flags", vec![tool, "--url", &plain, "--no-env-file"], &plain, "");
        if let Some(tool) = &self.static_tool {
            add("HTTP", "oauth-token, static", vec![tool], &plain, "");
        }
        if let Some(floor) = &self.floor {
            add("HTTP", "a bare socket", vec![floor], &plain, "");
        }
        let kept = self.path("kept");
        let keeping = vec![tool, "--no-env-file", "--cache", "--refresh", "--cache-dir", &kept];
        add("HTTP", "oauth-token, keeping the token", keeping, &plain, "");
        let entry = self.path("entry");
        add("cached", "cat of the same file", vec!["cat", &entry], &plain, "");
        add(
            "cached",
            "oauth-token, by flags",
            vec![tool, "--no-env-file", "--cache", "--cache-dir", &cache],
            &plain,
            "",
        );
        add("cached", "oauth-token, by environment", vec![tool], &plain, "");
        if let Some(tool) = &self.static_tool {
            add("cached", "oauth-token, static, by environment", vec![tool], &plain, "");
        }
        add("cached", "true", vec!["/bin/true"], &plain, "");
        peers
    }
}
