/** How a text of the settings names a variable, which the hub looks up in the environment, then in `variables.json`. */
export function variable(name: string): string {
  return `\${${name}}`;
}
