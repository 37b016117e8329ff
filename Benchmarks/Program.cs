Console.WriteLine("journal | pipeline | http");
