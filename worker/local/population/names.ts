// Names as `Arabic|Latin` pairs that belong together, by where people come from. Longer than a page because it is a table.

export type NamePair = { readonly ar: string; readonly en: string };

export type NameStock = {
  readonly male: readonly NamePair[];
  readonly female: readonly NamePair[];
  readonly family: readonly NamePair[];
};

function pairs(text: string): NamePair[] {
  return text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair.length > 0)
    .map((pair) => {
      const [ar = '', en = ''] = pair.split('|');
      return { ar, en };
    });
}

const arabMale = pairs(`
محمد|Mohammed, عبدالله|Abdullah, عبدالرحمن|Abdulrahman, سعد|Saad, فهد|Fahad, خالد|Khalid, سلطان|Sultan, ناصر|Nasser,
تركي|Turki, بندر|Bandar, ماجد|Majed, سلمان|Salman, فيصل|Faisal, نايف|Naif, مشعل|Mishal, عبدالعزيز|Abdulaziz, إبراهيم|Ibrahim,
أحمد|Ahmed, علي|Ali, حسن|Hassan, حسين|Hussain, يوسف|Yousef, عمر|Omar, صالح|Saleh, راشد|Rashid, طلال|Talal, وليد|Waleed,
ياسر|Yasser, هاني|Hani, أنس|Anas, زياد|Ziyad, ريان|Rayan, عادل|Adel, منصور|Mansour, مساعد|Musaed, حمد|Hamad, بدر|Badr,
عثمان|Othman, إسماعيل|Ismail, مازن|Mazen, سامي|Sami, أسامة|Osama, معاذ|Muath, غازي|Ghazi, متعب|Miteb, سعود|Saud`);

const arabFemale = pairs(`
نورة|Noura, سارة|Sarah, فاطمة|Fatimah, عائشة|Aisha, مريم|Maryam, هند|Hind, ريم|Reem, لمى|Lama, منى|Mona, أمل|Amal,
هيفاء|Haifa, جواهر|Jawaher, العنود|Alanoud, الجوهرة|Aljawhara, دانة|Dana, شهد|Shahad, غادة|Ghada, رنا|Rana, ليلى|Layla,
خلود|Kholoud, بشاير|Bashayer, أسماء|Asma, خديجة|Khadijah, زينب|Zainab, وفاء|Wafa, حصة|Hessah, موضي|Modhi, لولوة|Lulwah,
أروى|Arwa, جود|Joud, رغد|Raghad, لين|Leen, ندى|Nada, سمية|Sumayyah, عبير|Abeer, هدى|Huda, مها|Maha, نوف|Nouf, مشاعل|Mashael, إيمان|Iman`);

const citizenFamily = pairs(`
الحربي|Alharbi, العتيبي|Alotaibi, القحطاني|Alqahtani, الغامدي|Alghamdi, الزهراني|Alzahrani, الشهري|Alshehri, المطيري|Almutairi,
الدوسري|Aldosari, العنزي|Alanazi, الشمري|Alshammari, السبيعي|Alsubaie, البقمي|Albuqami, الجهني|Aljuhani, البلوي|Albalawi,
العمري|Alamri, الأحمدي|Alahmadi, المالكي|Almalki, السلمي|Alsulami, الثقفي|Althaqafi, الخالدي|Alkhaldi, الرشيدي|Alrashidi,
الهاجري|Alhajri, العسيري|Alasiri, النجار|Alnajjar, الفيفي|Alfaifi, الشريف|Alsharif, الصالح|Alsaleh, الراجحي|Alrajhi,
السديري|Alsudairi, التميمي|Altamimi, الحازمي|Alhazmi, اليامي|Alyami, الشهراني|Alshahrani, الخثعمي|Alkhathami, العجمي|Alajmi, الصاعدي|Alsaedi`);

const otherArabFamily = pairs(`
المصري|Almasri, حداد|Haddad, خليل|Khalil, عوض|Awad, سليمان|Suleiman, منصور|Mansour, الخطيب|Alkhatib, شاهين|Shaheen,
بركات|Barakat, درويش|Darwish, صبري|Sabri, فؤاد|Fouad, رمضان|Ramadan, النعيمي|Alnuaimi, القاضي|Alqadi, الحكيم|Alhakim,
باعشن|Baashen, باوزير|Bawazir, الأحمر|Alahmar, عبدالقادر|Abdulqader, الطيب|Altayeb, إدريس|Idris, البشير|Albashir, زيدان|Zidan, الكردي|Alkurdi, نصار|Nassar`);

const southAsian: NameStock = {
  male: pairs(`
محمد|Muhammad, عمران|Imran, عرفان|Irfan, شاهد|Shahid, سليم|Saleem, رفيق|Rafiq, ناصر|Nasir, طارق|Tariq, وسيم|Waseem, جاويد|Javed,
أشرف|Ashraf, أكرم|Akram, راجيش|Rajesh, سوريش|Suresh, أنيل|Anil, فيجاي|Vijay, سانجاي|Sanjay, أرون|Arun, عبدالكريم|Abdul Karim, مصطفى|Mustafa, رحمن|Rahman, شفيق|Shafiq`),
  female: pairs(`
عائشة|Ayesha, فاطمة|Fatima, نسرين|Nasreen, شبانة|Shabana, رخسانة|Rukhsana, سلمى|Salma, ثمينة|Samina, بريا|Priya, أنيتا|Anita,
سونيتا|Sunita, لاكشمي|Lakshmi, ميرا|Meera, كافيتا|Kavita, رضية|Razia, حليمة|Halima, نادية|Nadia`),
  family: pairs(`
خان|Khan, أحمد|Ahmed, حسين|Hussain, شيخ|Shaikh, مالك|Malik, قريشي|Qureshi, تشودري|Chaudhry, بات|Butt, سيد|Syed, رانا|Rana,
كومار|Kumar, شارما|Sharma, ناير|Nair, باتيل|Patel, ريدي|Reddy, إسلام|Islam, ميا|Miah, ألام|Alam, بيغ|Baig, ثومبسان|Thampan`),
};

const southEastAsian: NameStock = {
  male: pairs(
    'خوسيه|Jose, خوان|Juan, مارك|Mark, أنجيلو|Angelo, رامون|Ramon, كارلو|Carlo, جيرالد|Gerald, أندي|Andi, بودي|Budi, أغوس|Agus, رزقي|Rizki, يوسف|Yusuf',
  ),
  female: pairs(
    'ماريا|Maria, غريس|Grace, جوي|Joy, آنا|Ana, ماريسيل|Maricel, روزا|Rosa, كريستين|Kristine, سيتي|Siti, ديوي|Dewi, نور|Nur, راتنا|Ratna, بوتري|Putri',
  ),
  family: pairs(
    'سانتوس|Santos, رييس|Reyes, كروز|Cruz, باوتيستا|Bautista, غارسيا|Garcia, مندوزا|Mendoza, راموس|Ramos, سيتياوان|Setiawan, ويجايا|Wijaya, هيداية|Hidayat, سابوترا|Saputra, ليستاري|Lestari',
  ),
};

const arab = (family: readonly NamePair[]): NameStock => ({ male: arabMale, female: arabFemale, family });

/** Arab names are given name, father's, family; the others given name and family. */
export type Nationality = {
  /** ISO 3166-1 alpha-3. */
  readonly code: string;
  readonly names: NameStock;
  readonly patronymic: boolean;
  /** Share among residents, in arbitrary units. */
  readonly weight: number;
};

export const citizens: Nationality = { code: 'SAU', names: arab(citizenFamily), patronymic: true, weight: 1 };

const others = arab(otherArabFamily);

export const foreigners: readonly Nationality[] = [
  { code: 'IND', names: southAsian, patronymic: false, weight: 19 },
  { code: 'BGD', names: southAsian, patronymic: false, weight: 21 },
  { code: 'PAK', names: southAsian, patronymic: false, weight: 18 },
  { code: 'YEM', names: others, patronymic: true, weight: 18 },
  { code: 'EGY', names: others, patronymic: true, weight: 15 },
  { code: 'SDN', names: others, patronymic: true, weight: 8 },
  { code: 'PHL', names: southEastAsian, patronymic: false, weight: 7 },
  { code: 'SYR', names: others, patronymic: true, weight: 5 },
  { code: 'IDN', names: southEastAsian, patronymic: false, weight: 4 },
  { code: 'JOR', names: others, patronymic: true, weight: 3 },
];
