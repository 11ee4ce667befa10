/** A real server of others that starts without network, without an account, and without a screen. */
export interface RealServer {
  readonly name: string;
  /** Where it comes from: a package of npm or of PyPI, and the program of that package. */
  readonly npm?: { readonly package: string; readonly bin?: string };
  readonly pypi?: { readonly package: string; readonly bin?: string };
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A call that needs nothing but the server; its answer is the same each time. */
  readonly call: { readonly name: string; readonly arguments: Record<string, unknown> };
  /** Installed with the project, so that the short form has it, too. */
  readonly short?: true;
}

/** A value that is no credential where a server insists on one to be listed. */
const DUMMY = 'no-credential';

/** @param folder an empty one that the servers may use */
export function realServers(folder: string): readonly RealServer[] {
  const browser = ['--isolated', '--headless', '--executable-path', '/usr/bin/chromium'];
  return [
    {
      name: 'everything',
      npm: { package: '@modelcontextprotocol/server-everything' },
      args: ['stdio'],
      call: { name: 'echo', arguments: { message: 'hello' } },
      short: true,
    },
    {
      name: 'filesystem',
      npm: { package: '@modelcontextprotocol/server-filesystem' },
      args: [folder],
      call: { name: 'list_directory', arguments: { path: folder } },
      short: true,
    },
    {
      name: 'memory',
      npm: { package: '@modelcontextprotocol/server-memory' },
      env: { MEMORY_FILE_PATH: `${folder}/memory.json` },
      call: { name: 'read_graph', arguments: {} },
      short: true,
    },
    {
      name: 'thinking',
      npm: { package: '@modelcontextprotocol/server-sequential-thinking' },
      call: { name: 'sequentialthinking', arguments: { thought: 1 } },
    },
    {
      name: 'pdf',
      npm: { package: '@modelcontextprotocol/server-pdf' },
      args: ['--stdio'],
      call: { name: 'list_pdfs', arguments: {} },
    },
    {
      name: 'github',
      npm: { package: '@modelcontextprotocol/server-github' },
      env: { GITHUB_PERSONAL_ACCESS_TOKEN: DUMMY },
      call: { name: 'get_issue', arguments: {} },
    },
    {
      name: 'playwright',
      npm: { package: '@playwright/mcp' },
      args: [...browser, '--no-sandbox'],
      call: { name: 'browser_tabs', arguments: { action: 'none' } },
    },
    {
      name: 'devtools',
      npm: { package: 'chrome-devtools-mcp', bin: 'chrome-devtools-mcp' },
      args: [...browser, '--chrome-arg=--no-sandbox', '--no-usage-statistics'],
      call: { name: 'new_page', arguments: {} },
    },
    {
      name: 'commander',
      npm: { package: '@wonderwhy-er/desktop-commander', bin: 'desktop-commander' },
      env: { HOME: folder },
      call: { name: 'list_searches', arguments: {} },
    },
    {
      name: 'excel-go',
      npm: { package: '@negokaz/excel-mcp-server' },
      call: { name: 'excel_describe_sheets', arguments: { fileAbsolutePath: `${folder}/none.xlsx` } },
    },
    {
      name: 'kubernetes',
      npm: { package: 'kubernetes-mcp-server' },
      env: { HOME: folder, KUBECONFIG: `${folder}/kubeconfig.yaml` },
      call: { name: 'configuration_view', arguments: {} },
    },
    {
      name: 'chart',
      npm: { package: '@antv/mcp-server-chart' },
      call: { name: 'generate_pie_chart', arguments: { data: 1 } },
    },
    {
      name: 'context7',
      npm: { package: '@upstash/context7-mcp' },
      call: { name: 'resolve-library-id', arguments: {} },
    },
    {
      name: 'mongodb',
      npm: { package: 'mongodb-mcp-server' },
      env: { MDB_MCP_TELEMETRY: 'disabled', MDB_MCP_LOGGERS: 'mcp' },
      call: { name: 'list-knowledge-sources', arguments: {} },
    },
    {
      name: 'pdf-reader',
      npm: { package: '@sylphx/pdf-reader-mcp' },
      call: { name: 'read_pdf', arguments: { sources: [{ path: `${folder}/none.pdf` }] } },
    },
    {
      name: 'notion',
      npm: { package: '@notionhq/notion-mcp-server' },
      env: { NOTION_TOKEN: DUMMY },
      call: { name: 'no-such-tool', arguments: {} },
    },
    {
      name: 'sentry',
      npm: { package: '@sentry/mcp-server' },
      args: [`--access-token=${DUMMY}`],
      call: { name: 'no-such-tool', arguments: {} },
    },
    {
      name: 'firecrawl',
      npm: { package: 'firecrawl-mcp' },
      env: { FIRECRAWL_API_KEY: DUMMY },
      call: { name: 'firecrawl_scrape', arguments: {} },
    },
    {
      name: 'tavily',
      npm: { package: 'tavily-mcp' },
      env: { TAVILY_API_KEY: DUMMY },
      call: { name: 'tavily_search', arguments: {} },
    },
    { name: 'eslint', npm: { package: '@eslint/mcp' }, call: { name: 'lint-files', arguments: { filePaths: [] } } },
    {
      name: 'angular',
      npm: { package: '@angular/cli', bin: 'ng' },
      args: ['mcp'],
      env: { NG_CLI_ANALYTICS: 'false', HOME: folder },
      call: { name: 'list_projects', arguments: {} },
    },
    {
      name: 'time',
      pypi: { package: 'mcp-server-time' },
      args: ['--local-timezone', 'UTC'],
      call: { name: 'get_current_time', arguments: { timezone: 'Nowhere/None' } },
    },
    {
      name: 'git',
      pypi: { package: 'mcp-server-git' },
      call: { name: 'git_status', arguments: { repo_path: folder } },
    },
    {
      name: 'fetch',
      pypi: { package: 'mcp-server-fetch' },
      call: { name: 'fetch', arguments: { url: 'http://127.0.0.1:9/' } },
    },
    {
      name: 'markitdown',
      pypi: { package: 'markitdown-mcp' },
      call: { name: 'convert_to_markdown', arguments: { uri: 'data:text/plain,hello' } },
    },
    {
      name: 'excel-python',
      pypi: { package: 'excel-mcp-server' },
      args: ['stdio'],
      call: { name: 'get_workbook_metadata', arguments: { filepath: `${folder}/none.xlsx` } },
    },
    {
      name: 'aws-documentation',
      pypi: { package: 'awslabs.aws-documentation-mcp-server' },
      call: { name: 'read_documentation', arguments: { url: 'http://127.0.0.1:9/' } },
    },
  ];
}
