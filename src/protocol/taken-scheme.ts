// URI schemes that existing software handles, so no client can use them as its private-use scheme
// (RFC 8252 7.1). A redirect to one of them would hand the code to a browser, an office suite or the
// operating system, and some of these execute what they receive. Sources:
// - Chromium, chrome/browser/external_protocol/external_protocol_handler.cc (never launched), and
//   content/public/common/url_constants.h (its own);
// - Firefox, modules/libpref/init/all.js, network.protocol-handler.external.* = false;
// - Windows, shlwapi.h URL_SCHEME, "Launch the default Windows app for a URI" (ms-settings, ms-msdt
//   of CVE-2022-30190, ms-appinstaller of CVE-2021-43890, search-ms) and "Office URI Schemes";
// - LibreOffice, vnd.libreoffice.command of CVE-2022-3140, and its libreoffice-startcenter.desktop;
// - Apple, "Apple URL Scheme Reference", and itms-services, which installs apps;
// - Android, "Common intents", and intent: of Chrome;
// - the XDG desktops' x-scheme-handler entries for remote folders and package managers;
// - URL Standard, "special scheme", and the IANA registry of URI schemes for the rest.

const taken = new Set([
  // Runs code, opens a document, or opens one of the browser's own pages.
  ...['javascript', 'vbscript', 'livescript', 'mocha', 'data', 'file', 'blob', 'filesystem'],
  ...['about', 'view-source', 'jar', 'resource', 'res', 'mk', 'its', 'mhtml', 'wyciwyg', 'wysiwyg'],
  ...['chrome', 'edge', 'brave', 'opera', 'vivaldi', 'devtools', 'isolated-app', 'lynxexec'],
  ...['lynxcgi', 'ie.http', 'iehistory', 'ierss', 'firefox', 'firefox-private', 'googlechrome'],
  // Remote folders, terminals and servers.
  ...['ftp', 'ftps', 'sftp', 'tftp', 'smb', 'cifs', 'afp', 'nfs', 'dav', 'davs', 'webdav', 'fish'],
  ...['ldap', 'ldaps', 'telnet', 'tn3270', 'rlogin', 'ssh', 'vnc', 'rdp', 'gopher', 'nntp', 'news'],
  ...['snews', 'imap', 'pop', 'rsync', 'git', 'svn', 'ws', 'wss', 'wais', 'irc', 'ircs'],
  // Mail, calls, messages, calendars, maps and shops.
  ...[
    'mailto',
    'tel',
    'callto',
    'sms',
    'smsto',
    'mms',
    'mmsto',
    'sip',
    'sips',
    'skype',
    'facetime',
  ],
  ...['facetime-audio', 'imessage', 'message', 'xmpp', 'im', 'geo', 'maps', 'bingmaps', 'webcal'],
  ...['webcals', 'feed', 'feeds', 'magnet', 'market', 'itms', 'macappstore', 'macappstores'],
  // The operating system itself.
  ...['shell', 'hcp', 'help', 'search', 'search-ms', 'local', 'knownfolder', 'windowsdefender'],
  ...['calculator', 'onenote', 'onenote-cmd', 'disk', 'disks', 'applescript', 'man', 'x-man-page'],
  ...['x-help-action', 'prefs', 'app-prefs', 'shortcuts', 'workflow', 'apt', 'snap', 'appstream'],
  ...['intent', 'content', 'package', 'android_secret_code', 'macro', 'slot', 'service'],
])

/**
 * Families of schemes that grow with every release: `ms-word`, `vnd.sun.star.webdav`,
 * `x-apple.photos`...
 */
const takenFamily =
  /^(?:(?:ms|microsoft|chrome|moz|safari|itms|android|x-apple|com\.apple|com\.microsoft)[-.]|vnd\.)/

/**
 * Returns whether a URI scheme (lower case, without the colon) is handled by something other than
 * an app of the client.
 */
export const isTakenScheme = (scheme: string): boolean =>
  // "C:/WINDOWS/system32/notepad.exe" is also a URI, with the scheme `c`.
  scheme.length === 1 || taken.has(scheme) || takenFamily.test(scheme)
