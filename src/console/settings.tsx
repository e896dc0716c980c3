// The settings in force. They belong to the deployment: nothing here changes them.
import type { SettingInForce } from '../core/server/settings-reader.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { displayName } from '../pages/display-name.tsx'
import { listScreen } from './list.tsx'

const shown = (value: SettingInForce['value']): string =>
  displayName(Array.isArray(value) ? value.join(' ') : String(value ?? ''), 300)

export const settingScreens: readonly Endpoint[] = [
  listScreen<SettingInForce>('/admin/settings', {
    section: 'settings',
    title: ({ sections }) => sections.settings,
    above: ({ texts }) => <p>{texts.settings.about}</p>,
    empty: ({ none }) => none,
    read: ({ as }) => Promise.resolve({ items: [...as.settingsInForce], nextCursor: null }),
    columns: ({ texts: { settings: texts } }) => [
      { title: texts.name, cell: ({ name }) => <code>{name}</code> },
      { title: texts.value, cell: ({ value }) => shown(value) },
      {
        title: texts.source,
        cell: ({ source }) => (
          <span class={source === 'default' ? 'badge' : 'badge good'}>{texts.sources[source]}</span>
        ),
      },
    ],
  }),
]
