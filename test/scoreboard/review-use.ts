// What somebody found who used an earlier state, U01 to U22: the pages, the first hour, deploying.
import { tried, type Case } from './case.ts'

const log = 'endpoints/request-log'
const consent = 'openid/consent'
const login = 'openid/login'
const brand = 'openid/brand'
const deploy = 'operator/deploy'
const start = 'operator/start'
const reach = 'operator/reach'
const pages = 'pages/pages'
const texts = 'pages/texts'
const site = 'endpoints/site'

export const useFindings: readonly Case[] = [
  tried(
    'U01',
    'a reference that is shown is in the log, a page without one says what to do',
    [log, 'every page that shows a reference has a line with it'],
    [log, 'and the calm one that says a screen has expired, which shows none: %s'],
  ),
  tried(
    'U02',
    'lasting access is asked for, said and given together',
    [consent, 'neither asks for nor grants lasting access where the client gets no refresh token'],
    ['core/clients/metadata', 'fills in the defaults of RFC 7591 and OpenID Registration'],
    ['admin/clients', 'answers 201 with where it is, its metadata and, once, a secret'],
  ),
  tried(
    'U03',
    'a name is called unverified only where nothing proves it',
    [consent, 'at %s the page says: %s'],
    ['registration/register', 'never vouches for its name: %s'],
    [pages, 'CM9: shows whose document describes the client'],
  ),
  tried(
    'U04',
    'a trusted client is not asked about where its answer is assured',
    [consent, 'nobody for a public client that is trusted, where TLS proves who gets the answer'],
    [consent, 'nobody for a confidential client that is trusted'],
    [consent, 'is asked about every time although it is trusted: anyone can take its name'],
  ),
  tried(
    'U05',
    'secrets are made on request, kept in a private file, and never made twice',
    [
      deploy,
      'makes missing secrets on request, keeps them in a private file, and uploads the same',
    ],
    [deploy, 'refuses missing secrets, and pipes no fresh one anywhere'],
    [deploy, 'makes no MASTER_KEY for a database that another one belongs to'],
    [deploy, 'git ignores the files that secrets are kept in'],
  ),
  tried(
    'U06',
    'deploying reads its command line strictly, and says where it deploys',
    [deploy, '--help says what there is and deploys nothing'],
    [deploy, 'refuses what it does not know, and deploys nothing: %s'],
    [deploy, '--env deploys the second environment that wrangler.toml shows'],
    [deploy, 'names wrangler login where nobody is signed in'],
    [deploy, 'says what it deploys and where, and the bookmark of the database'],
    [deploy, 'a build of the Deploy button goes on, and says what is still to be set'],
  ),
  tried('U07', 'the README begins with an app, a user and an API', [
    'readme',
    'U07: the README registers an app, makes a user and protects an API before any older system',
  ]),
  tried(
    'U08',
    'colours, logos, names and links are those of the brand and of the client',
    ['pages/stylesheet', 'U08: a button keeps the colour that was chosen, by day and by night'],
    ['pages/stylesheet', 'U08: a plain deployment has neither arch nor wall nor serif'],
    [brand, 'has a logo for the dark, from an origin that the policy allows'],
    [brand, 'does not say its name twice where the logo says it'],
    [brand, 'has an icon of its own, wherever a browser looks for one'],
    [brand, 'is plain if that is wished: no mark of ours'],
    [brand, 'has its links below every page, in the language of the page'],
    [brand, 'are shown on its pages alone, and the policy of these allows the logo'],
    [brand, 'are not loaded from anybody else'],
  ),
  tried('U09', 'fields stand above the keyboard, Allow is in sight', [
    'browser/pages',
    'U09: the fields stand above the keyboard, and Allow is seen without scrolling',
  ]),
  tried(
    'U10',
    'whose address has an account is told to sign in and link',
    ['federation/provider-account', 'is told to sign in and then to link: accounts = %s'],
    ['federation/sign-in', 'nobody by an e-mail address alone, where the operator does not allow'],
  ),
  tried(
    'U11',
    'every answer has the languages, keeps what was typed, and counts as people do',
    [login, 'stand on %s'],
    [login, 'U11: are buttons of the sign-in form, which keep what was typed and try nothing'],
    [login, 'U11: lead on from the answer to a form'],
    [login, 'U11: lead on from the answer of a provider, which counts once'],
    ['browser/sign-in', 'U11: keeps in another language what was typed, before and after a try'],
    [texts, 'U11: a number of things has its form in %s'],
    [texts, 'U11: every other sentence with a number has its forms in %s'],
    [texts, 'U11: in %s the sentence %s has a form for one'],
  ),
  tried(
    'U12',
    'a sign-in that forgot its app shows the way to it',
    [login, 'offers the way to an app that may have forgotten its request'],
    [login, 'at home, to each of the apps that the person has given access, once'],
  ),
  tried('U13', 'two servers on localhost have cookies of their own', [
    login,
    'two servers on localhost at different ports do not overwrite each other’s',
  ]),
  tried(
    'U14',
    'sessions can be told apart, an app is one entry',
    [
      'openid/session-place',
      'is shown with its place and the time of day there, in the words of the reader',
    ],
    ['openid/session-place', 'is one entry with all that it may do, and ends as a whole'],
  ),
  tried('U15', 'scopes of a deployment have its words, by language', [
    brand,
    'is in the words of the operator, by language, where it is asked for and where it was given',
  ]),
  tried(
    'U16',
    'too many tries: until when, other ways in, and an operator who unlocks',
    ['pages/throttled', 'the sign-in page says until when, to the minute that is surely enough'],
    ['pages/throttled', 'its button is not live, and every other way in is'],
    ['pages/throttled', 'the %s page is like it'],
    [
      'account/leaving',
      'U16: too many tries are told until when, and the button rests for so long',
    ],
    ['endpoints/forgot', 'has its tries: five wrong codes and the page says to wait'],
    ['admin/access', 'lets them try again at once, under each of their names'],
  ),
  tried(
    'U17',
    'problems are in our words; a form in place of JSON, and the reverse, is 415',
    ['admin/body', 'of %s with %j: %s %s'],
    ['admin/body', 'of type %s is 415 and says what is taken'],
    ['registration/register', 'N119, O01, U17: the media type %s'],
    ['endpoints/token', '%s is 415, and says which header a form has'],
    ['endpoints/transport', 'at %s is a page with 415 that names the header'],
  ),
  tried(
    'U18',
    'what the documents say is so',
    [start, 'starts again on the same state with the same credentials, but for the drawn ones'],
    [reach, 'goes back to the documents’ where nobody else can reach it any more'],
    ['readme', 'U18: the pages say for how long an API believes a token that was revoked'],
    ['readme', 'U18: the operator’s page names the addresses and the pair that is drawn anew'],
  ),
  tried(
    'U19',
    'a refusal is in the title; an old page is calm and goes on',
    [pages, 'says first in its title that what was posted was refused, in its language'],
    [pages, 'is calm where a page was only open for too long: no reference, and the way on'],
    [login, 'goes on by itself where nothing was typed yet'],
  ),
  tried('U20', 'German as a bank would write it', [
    texts,
    'U20: German speaks as a bank would write',
  ]),
  tried(
    'U21',
    'what phones, browsers, crawlers and finders of faults look for is there',
    ['pages/head-and-fields', 'says in which colour the browser around it is, by day and by night'],
    [
      'pages/head-and-fields',
      'tells a phone of each field what its Enter does, and to correct nothing',
    ],
    [pages, 'tells a phone which keys to show, and not to correct what is typed'],
    [site, '/apple-touch-icon.png is a PNG of 180 pixels'],
    [site, '/favicon.ico is an ICO with one PNG of 48 pixels'],
    [site, 'sends crawlers away'],
    [site, 'names the contacts of the settings, until a day that is less than a year away'],
    [site, 'leads to the page on which the password is changed'],
  ),
  tried(
    'U22',
    'one line a request, with the same members, and none with a secret',
    [log, 'says who asked for what, and what came of it'],
    [log, 'is written for %s as well'],
    [log, 'a token, with its grant, client and user'],
    [log, 'a sign-in, a code and its redemption'],
    [log, 'REQUEST_LOG=false leaves the lines of what was refused alone'],
    [log, 'has a path of bounded length and never a query'],
    [log, 'is no part of a line: neither token nor header'],
  ),
]
