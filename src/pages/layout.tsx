// The frame of every page, in three shapes: the door, a panel for one question, the room, a column
// for the account page, and the desk, with the navigation of the console. Pages have no inline style,
// work without script, and obey a strict CSP, which allows the stylesheet, the scripts of a page by
// their hashes and, if a logo is set, its image.

import type { Child } from 'hono/jsx'
import { fill } from './fill.ts'
import { type Language, languages } from './language.ts'
import { Mark } from './mark.tsx'
import { day, night } from './palette.ts'
import { Script, type ScriptName } from './script.tsx'
import { textsIn } from './texts.ts'

/** The deployment's branding. Addresses of images are https or of the same origin. */
export type Branding = {
  name: string
  logoUrl?: string | undefined
  /** The logo for a dark background. */
  logoDarkUrl?: string | undefined
  /** Whether the logo says the name, so that it is not shown beside it. */
  isNameInLogo?: boolean
  /** Whether the pages have neither arch nor mark. */
  isPlain?: boolean
  links?: Readonly<Partial<Record<FooterLink, string | undefined>>>
}

const footerLinks = ['help', 'privacy', 'terms', 'imprint'] as const
type FooterLink = (typeof footerLinks)[number]

/** What every page receives, whatever it shows. */
export type Frame = {
  language: Language
  /** The instant of the request, in seconds. */
  now: number
  branding: Branding
  stylesheetHref: string
  /** A stylesheet on top of the other. */
  furtherStylesheetHref?: string
  iconHref?: string
  /** A phone's home screen takes this one. */
  touchIconHref?: string | undefined
  /** What the operator says about scopes of this server, by scope. */
  scopeTexts?: ReadonlyMap<string, string>
  /** The addresses of this page in each language; absent if it cannot be fetched again. */
  languageHrefs?: Readonly<Record<Language, string>>
}

type DocumentProps = {
  frame: Frame
  title: string
  /**
   * Whether the last post was refused. The title says so first, because screen readers read it
   * first.
   */
  isRefusal?: boolean
  shape?: 'door' | 'room' | 'desk'
  /**
   * The id of the form that people type into. Its page changes the language by posting that form with
   * `language`, so that what was typed is kept; other pages have links.
   */
  typedForm?: string
  scripts?: readonly ScriptName[]
  /** Shown beside the name at the top of a room, or below it at a desk. */
  aside?: Child
  /** Beside the content of a room. */
  navigation?: Child
  children?: Child
}

/** Renders a complete document. `title` is plain text, `children` the content below the name. */
export function renderDocument(props: DocumentProps): string {
  const { frame, shape = 'door' } = props
  const { errorTitle } = textsIn(frame.language)
  const title = props.isRefusal ? fill(errorTitle, { title: props.title }).join('') : props.title
  const document = (
    <html lang={frame.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content={day.wall} media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content={night.wall} media="(prefers-color-scheme: dark)" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${frame.branding.name}`}</title>
        <link rel="stylesheet" href={frame.stylesheetHref} />
        {frame.furtherStylesheetHref && (
          <link rel="stylesheet" href={frame.furtherStylesheetHref} />
        )}
        {frame.iconHref && <link rel="icon" href={frame.iconHref} />}
        <link rel="apple-touch-icon" href={frame.touchIconHref ?? '/apple-touch-icon.png'} />
      </head>
      <body class={shape}>
        {shape !== 'door' && (
          <header>
            <BrandName branding={frame.branding} />
            {props.aside}
          </header>
        )}
        {props.navigation}
        <main>
          {shape === 'door' && <BrandName branding={frame.branding} />}
          {props.children}
        </main>
        <Footer frame={frame} typedForm={props.typedForm} />
        {props.scripts?.map((name) => (
          <Script name={name} />
        ))}
      </body>
    </html>
  )
  return `<!doctype html>${String(document)}`
}

function BrandName({ branding }: { branding: Branding }) {
  const { name, logoUrl, logoDarkUrl, isNameInLogo } = branding
  const logo = logoUrl && <img src={logoUrl} alt={isNameInLogo ? name : ''} />
  return (
    <div class="brand">
      {logo && logoDarkUrl ? (
        <picture>
          <source srcset={logoDarkUrl} media="(prefers-color-scheme: dark)" />
          {logo}
        </picture>
      ) : (
        logo
      )}
      {!logo && !branding.isPlain && <Mark />}
      {!isNameInLogo && <span>{name}</span>}
    </div>
  )
}

type FooterProps = { frame: Frame; typedForm: string | undefined }

/** The links of the deployment, and the page in another language. */
function Footer({ frame, typedForm }: FooterProps) {
  const { links = {}, name } = frame.branding
  const texts = textsIn(frame.language)
  const shown = footerLinks.filter((link) => links[link] !== undefined)
  const isSwitch = frame.languageHrefs !== undefined || typedForm !== undefined
  if (shown.length === 0 && !isSwitch) return null
  return (
    <footer>
      {shown.length > 0 && (
        <nav aria-label={name}>
          {shown.map((link) => (
            <a href={links[link]} rel="noreferrer">
              {texts.footer[link]}
            </a>
          ))}
        </nav>
      )}
      {isSwitch && (
        <nav aria-label={texts.languages}>
          {languages.map((language) => (
            <LanguageLink frame={frame} language={language} typedForm={typedForm} />
          ))}
        </nav>
      )}
    </footer>
  )
}

function LanguageLink({ frame, language, typedForm }: FooterProps & { language: Language }) {
  const facts = {
    lang: language,
    'aria-current': language === frame.language ? ('true' as const) : undefined,
  }
  const { languageName } = textsIn(language)
  if (typedForm === undefined) {
    return (
      <a href={frame.languageHrefs?.[language]} {...facts} hreflang={language}>
        {languageName}
      </a>
    )
  }
  // To a person it is the link that it is on other pages.
  const form = { role: 'link', class: 'link', form: typedForm, name: 'language' } as const
  return (
    <button {...form} value={language} formnovalidate {...facts}>
      {languageName}
    </button>
  )
}
