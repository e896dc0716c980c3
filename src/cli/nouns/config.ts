// `postern config`: what a server has, declared in a file.
import { applyConfiguration } from '../config/apply.ts'
import { usualManager } from '../config/configuration.ts'
import { exportConfiguration } from '../config/export.ts'
import type { Noun } from '../verb.ts'

export const config: Noun = {
  name: 'config',
  summary: 'Clients, providers, users and more, declared in a file',
  verbs: [
    {
      name: 'apply',
      summary:
        'Creates and changes what a file declares. The same command again has nothing to do.',
      example: 'postern.json --dry-run',
      parameters: [{ name: 'file', summary: 'configuration: JSON, or YAML in a .yaml file' }],
      options: [
        {
          flags: '--dry-run',
          summary: 'only print what would be created (+), changed (~) and deleted (-)',
        },
        {
          flags: '--prune',
          summary: 'delete what an earlier file created and this one does not name',
        },
        { flags: '--adopt', summary: 'also manage what was made by hand and the file names' },
        {
          flags: '--send-secrets',
          summary: 'send every secret again: the server cannot say whether one has changed',
        },
      ],
      run: (context, input) =>
        applyConfiguration(context, input.parameter('file'), {
          isDry: input.flag('dry-run'),
          prune: input.flag('prune'),
          adopt: input.flag('adopt'),
          secrets: input.flag('send-secrets'),
        }),
    },
    {
      name: 'export',
      summary: 'Writes what the server has as a file for config apply. It has no secrets.',
      example: '> postern.json',
      options: [
        {
          flags: '--managed-by <name>',
          summary: `name of the file, as its objects carry it (${usualManager})`,
        },
        { flags: '--users', summary: 'include the users that no file manages' },
        { flags: '--yaml', summary: 'write YAML' },
      ],
      run: (context, input) =>
        exportConfiguration(context, {
          manager: input.text('managed-by') ?? usualManager,
          users: input.flag('users'),
          yaml: input.flag('yaml'),
        }),
    },
  ],
}
