// Stands in for parts of Grafana's libraries that a viewer never opens.
export default function Nothing(): null {
  return null;
}
export const Editor = Nothing;
export const loader = { config(): void {}, init: (): Promise<never> => new Promise(() => {}) };
export const useMonaco = Nothing;
