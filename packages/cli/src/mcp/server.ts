import { resolve } from 'node:path'
import {
  fromJsonSchema,
  McpServer,
  type CallToolResult,
  type InputRequiredResult,
  type Transport,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { readCaps, type CapOptions } from '../commands/create.ts'
import type { Context } from '../context.ts'
import { reportError, type NextSteps } from '../errors.ts'
import { isObject } from '../input.ts'
import { version } from '../version.ts'
import { findRoots } from './roots.ts'
import { TOOLS, type Tool, type ToolContext } from './tools.ts'

export interface McpOptions extends CapOptions {
  readonly root?: readonly string[]
}

const INSTRUCTIONS =
  'Call models and schema, then create, wait until the task has ended, and save. ' +
  'Tasks cost credits. An error says what was charged and which call comes next.'

/** Serves agents over stdio until the client disconnects. */
export async function serveMcp(
  context: Context,
  options: McpOptions,
  transport?: Transport,
): Promise<void> {
  const { host, session, signal } = context
  const caps = readCaps(options)
  const tools = { session: await session(), caps, price: options.price, signal }
  const folders = (options.root ?? []).map((folder) => resolve(host.cwd, folder))
  await new Promise<void>((ended) => {
    const handle = serveStdio(() => createServer(tools, folders, ended), transport && { transport })
    signal.addEventListener('abort', () => void handle.close().then(ended))
  })
}

function createServer(
  context: ToolContext,
  folders: readonly string[],
  onClose: () => void,
): McpServer {
  const info = { name: 'apikley', version: version() }
  const mcp = new McpServer(info, { capabilities: { tools: {} }, instructions: INSTRUCTIONS })
  mcp.server.onclose = onClose
  for (const [name, tool] of Object.entries(TOOLS)) {
    const { description, input, annotations } = tool
    const inputSchema = fromJsonSchema(input)
    mcp.registerTool(name, { description, inputSchema, annotations }, async (args, { mcpReq }) => {
      const hasRoots = mcp.server.getClientCapabilities()?.roots !== undefined
      const source = { folders, hasRoots, responses: mcpReq.inputResponses }
      const roots = tool.needsRoots ? await findRoots(source) : []
      return isRequest(roots) ? roots : callTool(tool, context, args, roots)
    })
  }
  return mcp
}

async function callTool(
  tool: Tool,
  context: ToolContext,
  args: unknown,
  roots: readonly string[],
): Promise<CallToolResult> {
  try {
    const result = await tool.run(context, isObject(args) ? args : {}, roots)
    const text = typeof result === 'string' ? result : JSON.stringify(result)
    return { content: [{ type: 'text', text }] }
  } catch (error) {
    return { content: [{ type: 'text', text: errorText(error) }], isError: true }
  }
}

/** Names the next step as a call of a tool. */
const TOOL_STEPS: NextSteps = {
  wait: (taskId) => `wait ${JSON.stringify({ task_id: taskId })}`,
  recover: (key) => `recover ${JSON.stringify({ idempotency_key: key })}`,
}

const MONEY: Readonly<Record<string, string>> = {
  none: 'Nothing was charged.',
  possible: 'A task may have been created and charged. Do not create it with another take.',
  charged: 'The task was charged.',
  refunded: 'The task was refunded.',
}

function errorText(error: unknown): string {
  const { message, charge, next } = reportError(error, TOOL_STEPS)
  const money = MONEY[charge] ?? ''
  const hint = next ?? (charge === 'none' ? 'correct the call, and repeat it' : undefined)
  const texts = [message.includes(money) ? message : `${message} ${money}`, hint && `Next: ${hint}`]
  return texts.filter(Boolean).join('\n')
}

function isRequest(roots: readonly string[] | InputRequiredResult): roots is InputRequiredResult {
  return !Array.isArray(roots)
}
