// "Continue with ...": the button of a provider, as the rules of that provider want it.
import type { Preset } from '../protocol/provider-presets.ts'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

/** A provider that people can sign in with. `label` is its name. */
export type ProviderChoice = { id: string; label: string; preset?: Preset | undefined }

/** A mark as coloured shapes in a square of `size`. */
type Mark = { size: number; shapes: readonly (readonly [colour: string, path: string])[] }

// Google and Microsoft demand their marks. Apple demands artwork that Apple alone hands out, so that
// there is no honest drawing of it; GitHub demands nothing. Both stand there by name.
const marks: Partial<Record<Preset, Mark>> = {
  google: {
    size: 48,
    shapes: [
      ['#ea4335', 'M40.1 6.3l-6.9 6.8A14.2 14.2 0 0 0 10.5 19.4L2.6 13.2A24 24 0 0 1 40.1 6.3z'],
      ['#fbbc05', 'M2.6 13.2l7.9 6.2a14.2 14.2 0 0 0 0 9.2l-7.9 6.2a24 24 0 0 1 0-21.6z'],
      ['#34a853', 'M2.6 34.8l7.9-6.2a14.2 14.2 0 0 0 21.7 7.1l7.7 6.5A24 24 0 0 1 2.6 34.8z'],
      ['#4285f4', 'M24 20h22.6a24 24 0 0 1-6.7 22.2l-7.7-6.5a11 11 0 0 0 4.7-6.7H24z'],
    ],
  },
  microsoft: {
    size: 21,
    shapes: [
      ['#f25022', 'M0 0h10v10H0z'],
      ['#7fba00', 'M11 0h10v10H11z'],
      ['#00a4ef', 'M0 11h10v10H0z'],
      ['#ffb900', 'M11 11h10v10H11z'],
    ],
  },
}

/** The button that leads to a provider. Posts `provider=<id>`. */
export function ProviderButton(props: { provider: ProviderChoice; texts: Texts }) {
  const { id, label, preset } = props.provider
  const { signInWith, continueWith } = props.texts.login
  const mark = preset && marks[preset]
  return (
    <button name="provider" value={id} class={preset ? `by ${preset}` : 'quiet'}>
      {mark && (
        <svg viewBox={`0 0 ${mark.size} ${mark.size}`} aria-hidden="true">
          {mark.shapes.map(([colour, path]) => (
            <path fill={colour} d={path} />
          ))}
        </svg>
      )}
      {/* Spans keep the words together: a button lays out its children in a row. */}
      <span>
        {fill(preset === 'microsoft' ? signInWith : continueWith, { provider: displayName(label) })}
      </span>
    </button>
  )
}
