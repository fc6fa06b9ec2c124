// The same round trips by bare fetch.
import { coldOrder } from "../cold-order.ts";
import { fetchLogin } from "../fetch-login.ts";

const { accounts, origin } = coldOrder();
const token = await fetchLogin(accounts).nubraByTotp(origin);
console.log(JSON.stringify({ authorization: `Bearer ${token}` }));
process.exit();
