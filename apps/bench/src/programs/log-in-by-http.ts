// The same round trips by node:http.
import { coldOrder } from "../cold-order.ts";
import { httpLogin } from "../http-login.ts";

const { accounts, origin } = coldOrder();
const token = await httpLogin(accounts).nubraByTotp(origin);
console.log(JSON.stringify({ authorization: `Bearer ${token}` }));
process.exit();
