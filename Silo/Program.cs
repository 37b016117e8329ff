Console.WriteLine("rialto silo");
