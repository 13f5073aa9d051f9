// What a page shows of something that it asked the server for.
import { DependencyList, useEffect, useState } from "react";

export interface Loading<T> {
  value?: T;
  error?: string;
}

/** What `ask` answers; empty until then. Asks again where a dependency changes. */
export function useLoaded<T>(ask: () => Promise<T>, dependencies: DependencyList): Loading<T> {
  const [state, setState] = useState<Loading<T>>({});
  useEffect(() => {
    let wanted = true;
    setState({});
    ask().then(
      (value) => wanted && setState({ value }),
      (error: Error) => wanted && setState({ error: error.message }),
    );
    return () => {
      wanted = false;
    };
  }, dependencies);
  return state;
}
