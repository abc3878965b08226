// Where bundlers for browsers come to, and stop: there is no such file, and they say its name.
import './apikley-server-runs-on-servers-only--in-a-page-use-apikley-client-with-proxyUrl.js'
