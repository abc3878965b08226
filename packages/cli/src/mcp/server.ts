import { resolve } from 'node:path'
import { ApikleyError } from '@apikley/client'
import {
  fromJsonSchema,
  McpServer,
  type CallToolResult,
  type InputRequiredResult,
  type Transport,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { CapFlags, Context, Flags } from '../context.ts'
import { checkCaps } from '../create-task.ts'
import { reportError } from '../errors.ts'
import { isObject } from '../input.ts'
import type { OutputLine } from '../output.ts'
import { version } from '../version.ts'
import { findRoots, pathBelow } from './roots.ts'
import { TOOLS, type Tool } from './tools.ts'

/** Paths depend on the roots of the agent. */
type AgentContext = Omit<Context, 'resolvePath'>

export type McpOptions = CapFlags & Pick<Flags, 'root'>

const INSTRUCTIONS =
  'Call the tools in this order: models, schema, create, wait (until the task has ended), save. ' +
  'Tasks cost credits. An error says what was charged and which call to make next.'

/** Serves agents over stdio until the client disconnects. */
export async function serveMcp(
  context: AgentContext,
  options: McpOptions,
  transport?: Transport,
): Promise<void> {
  checkCaps(options)
  await context.session()
  await new Promise<void>((ended) => {
    const serve = (): McpServer => createServer(context, options, ended)
    const handle = serveStdio(serve, transport && { transport })
    context.signal.addEventListener('abort', () => void handle.close().then(ended))
  })
}

function createServer(context: AgentContext, options: McpOptions, onClose: () => void): McpServer {
  const info = { name: 'apikley', version: version() }
  const mcp = new McpServer(info, { capabilities: { tools: {} }, instructions: INSTRUCTIONS })
  mcp.server.onclose = onClose
  const folders = (options.root ?? []).map((folder) => resolve(context.host.cwd, folder))
  for (const [name, tool] of Object.entries(TOOLS)) {
    const { description, input, annotations } = tool
    const inputSchema = fromJsonSchema(input)
    mcp.registerTool(name, { description, inputSchema, annotations }, async (args, { mcpReq }) => {
      const hasRoots = mcp.server.getClientCapabilities()?.roots !== undefined
      const source = { folders, hasRoots, responses: mcpReq.inputResponses }
      const roots = tool.needsRoots ? await findRoots(source) : []
      if (isRequest(roots)) {
        return roots
      }
      const resolvePath = (path: string): Promise<string> => pathBelow(roots, path)
      return callTool(tool, { ...context, resolvePath }, isObject(args) ? args : {}, options)
    })
  }
  return mcp
}

async function callTool(
  { run, isText = false }: Tool,
  context: Context,
  args: Readonly<Record<string, unknown>>,
  caps: CapFlags,
): Promise<CallToolResult> {
  const texts: string[] = []
  const output = {
    result: (line: OutputLine, text: string) => texts.push(isText ? text : JSON.stringify(line)),
    message: (text: string) => texts.push(text),
    status() {},
    error: (error: unknown) => texts.push(errorText(error)),
  }
  let isError = false
  try {
    // A create continues when the agent disconnects, so that the ledger gets the task.
    await run({ ...context, output }, args, caps)
  } catch (error) {
    const isRunning = ApikleyError.is(error) && error.kind === 'timeout' && error.taskId
    isError = !isRunning
    texts.push(isRunning ? 'The task is still running, call again.' : errorText(error))
  }
  return { content: [{ type: 'text', text: texts.join('\n') }], isError }
}

const MONEY: Readonly<Record<string, string>> = {
  none: 'Nothing was charged.',
  possible: 'A task may have been created and charged. Do not create it with another take.',
  charged: 'The task was charged.',
  refunded: 'The task was refunded.',
}

function errorText(error: unknown): string {
  const { message, charge, next } = reportError(error, '')
  const money = MONEY[charge] ?? ''
  const hint = next ?? (charge === 'none' ? 'correct the call, and repeat it' : undefined)
  const texts = [message.includes(money) ? message : `${message} ${money}`, hint && `Next: ${hint}`]
  return texts.filter(Boolean).join('\n')
}

function isRequest(roots: readonly string[] | InputRequiredResult): roots is InputRequiredResult {
  return !Array.isArray(roots)
}
