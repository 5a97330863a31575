// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/localized_text.h"

namespace ferry::tests {

namespace {

constexpr LocalizedText texts[] = {
    {"ar", 1025, true, "تحديث أمني لـ %", "تحديث لـ %",
     "تصحح هذه الحزمة أخطاء في % وتجعله أكثر استقرارًا. اقرأ المقالة المذكورة أدناه قبل التثبيت. "
     "قد يلزم إعادة تشغيل الكمبيوتر.",
     "للإزالة، افتح قائمة الحزم المثبتة في لوحة التحكم واختر هذا الإدخال."},
    {"bg", 1026, false, "Актуализация на защитата за %", "Актуализация за %",
     "Този пакет коригира грешки в % и повишава стабилността. Прочетете посочената по-долу статия "
     "преди инсталиране. Може да е необходимо рестартиране на компютъра.",
     "За премахване отворете списъка с инсталирани пакети и изберете този запис."},
    {"cs", 1029, true, "Aktualizace zabezpečení pro %", "Aktualizace pro %",
     "Tento balíček opravuje chyby v produktu % a zvyšuje jeho stabilitu. Před instalací si "
     "přečtěte níže uvedený článek. Může být nutné restartovat počítač.",
     "Chcete-li balíček odebrat, otevřete seznam nainstalovaných balíčků a vyberte tuto položku."},
    {"da", 1030, true, "Sikkerhedsopdatering til %", "Opdatering til %",
     "Denne pakke retter fejl i % og gør produktet mere stabilt. Læs artiklen nedenfor før "
     "installationen. Det kan være nødvendigt at genstarte computeren.",
     "Åbn listen over installerede pakker i kontrolpanelet, og vælg denne post for at fjerne den."},
    {"de", 1031, true, "Sicherheitsupdate für %", "Update für %",
     "Dieses Paket behebt Fehler in % und erhöht die Stabilität. Lesen Sie vor der Installation "
     "den unten genannten Artikel. Ein Neustart des Computers kann nötig sein.",
     "Öffnen Sie zum Entfernen die Liste der installierten Pakete und wählen Sie diesen Eintrag."},
    {"el", 1032, true, "Ενημέρωση ασφαλείας για %", "Ενημέρωση για %",
     "Αυτό το πακέτο διορθώνει σφάλματα στο % και βελτιώνει τη σταθερότητα. Διαβάστε το παρακάτω "
     "άρθρο πριν από την εγκατάσταση. Ίσως χρειαστεί επανεκκίνηση του υπολογιστή.",
     "Για κατάργηση, ανοίξτε τη λίστα εγκατεστημένων πακέτων και επιλέξτε αυτήν την καταχώρηση."},
    {"en", 1033, true, "Security Update for %", "Update for %",
     "This package corrects faults in % and makes it more stable. Read the article named below "
     "before the installation. The computer may have to be started again.",
     "To remove it, open the list of installed packages in the control panel and pick this entry."},
    {"es", 1034, true, "Actualización de seguridad para %", "Actualización para %",
     "Este paquete corrige errores de % y mejora su estabilidad. Lea el artículo indicado abajo "
     "antes de la instalación. Es posible que deba reiniciar el equipo.",
     "Para quitarlo, abra la lista de paquetes instalados en el panel y elija esta entrada."},
    {"et", 1061, false, "Tarkvara % turbevärskendus", "Tarkvara % värskendus",
     "See pakett parandab tarkvara % vigu ja muudab selle stabiilsemaks. Lugege enne installimist "
     "allpool nimetatud artiklit. Arvuti võib vajada taaskäivitamist.",
     "Eemaldamiseks avage juhtpaneelil installitud pakettide loend ja valige see kirje."},
    {"fi", 1035, true, "Suojauspäivitys: %", "Päivitys: %",
     "Tämä paketti korjaa virheitä tuotteessa % ja parantaa sen vakautta. Lue alla mainittu "
     "artikkeli ennen asennusta. Tietokone on ehkä käynnistettävä uudelleen.",
     "Poista paketti avaamalla asennettujen pakettien luettelo ja valitsemalla tämä kohta."},
    {"fr", 1036, true, "Mise à jour de sécurité pour %", "Mise à jour pour %",
     "Ce paquet corrige des défauts de % et améliore sa stabilité. Lisez l'article cité ci-dessous "
     "avant l'installation. Un redémarrage de l'ordinateur peut être nécessaire.",
     "Pour le supprimer, ouvrez la liste des paquets installés et choisissez cette entrée."},
    {"he", 1037, true, "עדכון אבטחה עבור %", "עדכון עבור %",
     "חבילה זו מתקנת תקלות ב-% ומשפרת את יציבותו. קרא את המאמר המוזכר להלן לפני ההתקנה. "
     "ייתכן שיהיה צורך להפעיל מחדש את המחשב.",
     "להסרה, פתח את רשימת החבילות המותקנות בלוח הבקרה ובחר בערך זה."},
    {"hi", 1081, false, "% के लिए सुरक्षा अद्यतन", "% के लिए अद्यतन",
     "यह पैकेज % की त्रुटियों को ठीक करता है और इसे अधिक स्थिर बनाता है। स्थापना से पहले नीचे "
     "दिया गया लेख पढ़ें। कंप्यूटर को पुनः प्रारंभ करना पड़ सकता है।",
     "हटाने के लिए, स्थापित पैकेजों की सूची खोलें और यह प्रविष्टि चुनें।"},
    {"hr", 1050, false, "Sigurnosno ažuriranje za %", "Ažuriranje za %",
     "Ovaj paket ispravlja pogreške u proizvodu % i povećava njegovu stabilnost. Prije instalacije "
     "pročitajte dolje naveden članak. Možda će trebati ponovno pokrenuti računalo.",
     "Za uklanjanje otvorite popis instaliranih paketa i odaberite ovu stavku."},
    {"hu", 1038, true, "Biztonsági frissítés a következőhöz: %", "Frissítés a következőhöz: %",
     "Ez a csomag kijavítja a(z) % hibáit, és stabilabbá teszi azt. Telepítés előtt olvassa el az "
     "alább megnevezett cikket. Szükség lehet a számítógép újraindítására.",
     "Az eltávolításhoz nyissa meg a telepített csomagok listáját, és válassza ezt a bejegyzést."},
    {"it", 1040, true, "Aggiornamento della protezione per %", "Aggiornamento per %",
     "Questo pacchetto corregge errori di % e ne migliora la stabilità. Leggere l'articolo citato "
     "di seguito prima dell'installazione. Potrebbe essere necessario riavviare il computer.",
     "Per rimuoverlo, aprire l'elenco dei pacchetti installati e scegliere questa voce."},
    {"ja", 1041, true, "% 用のセキュリティ更新プログラム", "% 用の更新プログラム",
     "このパッケージは % の不具合を修正し、安定性を高めます。インストールの前に下記の記事をお読みください。"
     "コンピューターの再起動が必要になる場合があります。",
     "削除するには、インストール済みパッケージの一覧を開き、この項目を選びます。"},
    {"ja-nec", 66577, false, "% 用のセキュリティ更新", "% 用の更新",
     "このパッケージは % の不具合を直し、動作を安定させます。導入の前に下記の記事をお読みください。"
     "再起動が必要な場合があります。",
     "削除するには、導入済みパッケージの一覧からこの項目を選びます。"},
    {"ko", 1042, true, "%용 보안 업데이트", "%용 업데이트",
     "이 패키지는 %의 오류를 수정하고 안정성을 높입니다. 설치하기 전에 아래에 있는 문서를 읽으십시오. "
     "컴퓨터를 다시 시작해야 할 수도 있습니다.",
     "제거하려면 설치된 패키지 목록을 열고 이 항목을 선택하십시오."},
    {"lt", 1063, false, "% saugos naujinimas", "% naujinimas",
     "Šis paketas ištaiso % klaidas ir padidina stabilumą. Prieš diegdami perskaitykite toliau "
     "nurodytą straipsnį. Gali tekti iš naujo paleisti kompiuterį.",
     "Norėdami pašalinti, atidarykite įdiegtų paketų sąrašą ir pasirinkite šį įrašą."},
    {"lv", 1062, false, "% drošības atjauninājums", "% atjauninājums",
     "Šī pakotne novērš kļūdas produktā % un uzlabo tā stabilitāti. Pirms instalēšanas izlasiet "
     "tālāk norādīto rakstu. Iespējams, dators būs jārestartē.",
     "Lai noņemtu, atveriet instalēto pakotņu sarakstu un izvēlieties šo ierakstu."},
    {"nl", 1043, true, "Beveiligingsupdate voor %", "Update voor %",
     "Dit pakket herstelt fouten in % en maakt het stabieler. Lees voor de installatie het "
     "hieronder genoemde artikel. Mogelijk moet de computer opnieuw worden gestart.",
     "Open de lijst met geïnstalleerde pakketten en kies dit item om het te verwijderen."},
    {"no", 1044, true, "Sikkerhetsoppdatering for %", "Oppdatering for %",
     "Denne pakken retter feil i % og gjør produktet mer stabilt. Les artikkelen nedenfor før "
     "installasjonen. Det kan være nødvendig å starte datamaskinen på nytt.",
     "Åpne listen over installerte pakker i kontrollpanelet og velg denne for å fjerne den."},
    {"pl", 1045, true, "Aktualizacja zabezpieczeń dla %", "Aktualizacja dla %",
     "Ten pakiet usuwa błędy w produkcie % i zwiększa jego stabilność. Przed instalacją przeczytaj "
     "wymieniony niżej artykuł. Może być konieczne ponowne uruchomienie komputera.",
     "Aby go usunąć, otwórz listę zainstalowanych pakietów i wybierz tę pozycję."},
    {"pt", 2070, true, "Atualização de segurança para o %", "Atualização para o %",
     "Este pacote corrige falhas do % e torna-o mais estável. Leia o artigo indicado abaixo antes "
     "da instalação. Poderá ter de reiniciar o computador.",
     "Para o remover, abra a lista de pacotes instalados e escolha esta entrada."},
    {"pt-br", 1046, true, "Atualização de Segurança para %", "Atualização para %",
     "Este pacote corrige falhas do % e o torna mais estável. Leia o artigo citado abaixo antes da "
     "instalação. Talvez seja necessário reiniciar o computador.",
     "Para removê-lo, abra a lista de pacotes instalados e escolha esta entrada."},
    {"ro", 1048, false, "Actualizare de securitate pentru %", "Actualizare pentru %",
     "Acest pachet corectează erori din % și îi mărește stabilitatea. Citiți articolul de mai jos "
     "înainte de instalare. Poate fi necesară repornirea computerului.",
     "Pentru eliminare, deschideți lista pachetelor instalate și alegeți această intrare."},
    {"ru", 1049, true, "Обновление системы безопасности для %", "Обновление для %",
     "Этот пакет устраняет ошибки в % и повышает стабильность работы. Перед установкой прочтите "
     "указанную ниже статью. Может потребоваться перезагрузка компьютера.",
     "Чтобы удалить пакет, откройте список установленных пакетов и выберите эту запись."},
    {"sk", 1051, false, "Aktualizácia zabezpečenia pre %", "Aktualizácia pre %",
     "Tento balík opravuje chyby v produkte % a zvyšuje jeho stabilitu. Pred inštaláciou si "
     "prečítajte článok uvedený nižšie. Možno bude potrebné reštartovať počítač.",
     "Ak ho chcete odstrániť, otvorte zoznam nainštalovaných balíkov a vyberte túto položku."},
    {"sl", 1060, false, "Varnostna posodobitev za %", "Posodobitev za %",
     "Ta paket odpravlja napake v izdelku % in izboljša njegovo stabilnost. Pred namestitvijo "
     "preberite spodaj navedeni članek. Morda bo treba znova zagnati računalnik.",
     "Če ga želite odstraniti, odprite seznam nameščenih paketov in izberite ta vnos."},
    {"sr", 2074, false, "Bezbednosna ispravka za %", "Ispravka za %",
     "Ovaj paket ispravlja greške u proizvodu % i povećava njegovu stabilnost. Pre instalacije "
     "pročitajte dole naveden članak. Možda će biti potrebno ponovno pokretanje računara.",
     "Da biste ga uklonili, otvorite listu instaliranih paketa i izaberite ovu stavku."},
    {"sv", 1053, true, "Säkerhetsuppdatering för %", "Uppdatering för %",
     "Det här paketet rättar fel i % och gör produkten stabilare. Läs artikeln nedan före "
     "installationen. Datorn kan behöva startas om.",
     "Öppna listan över installerade paket på kontrollpanelen och välj posten för borttagning."},
    {"th", 1054, false, "การปรับปรุงความปลอดภัยสำหรับ %", "การปรับปรุงสำหรับ %",
     "แพคเกจนี้แก้ไขข้อผิดพลาดใน % และทำให้มีเสถียรภาพมากขึ้น โปรดอ่านบทความด้านล่างก่อนการติดตั้ง "
     "อาจต้องเริ่มการทำงานของคอมพิวเตอร์ใหม่",
     "เมื่อต้องการเอาออก ให้เปิดรายการแพคเกจที่ติดตั้งแล้วเลือกรายการนี้"},
    {"tr", 1055, true, "% için Güvenlik Güncelleştirmesi", "% için Güncelleştirme",
     "Bu paket % içindeki hataları düzeltir ve ürünü daha kararlı yapar. Yüklemeden önce aşağıda "
     "adı geçen makaleyi okuyun. Bilgisayarın yeniden başlatılması gerekebilir.",
     "Kaldırmak için yüklü paketler listesini açın ve bu girdiyi seçin."},
    {"uk", 1058, false, "Оновлення системи безпеки для %", "Оновлення для %",
     "Цей пакет виправляє помилки у % і підвищує стабільність роботи. Перед інсталяцією прочитайте "
     "зазначену нижче статтю. Може знадобитися перезавантаження комп’ютера.",
     "Щоб видалити пакет, відкрийте список інстальованих пакетів і виберіть цей запис."},
    {"zh-cn", 2052, true, "用于 % 的安全更新程序", "用于 % 的更新程序",
     "此程序包修正 % 中的错误并提高其稳定性。安装之前请阅读下面列出的文章。可能需要重新启动计算机。",
     "要删除它，请打开控制面板中的已安装程序包列表并选择此条目。"},
    {"zh-hk", 3076, false, "% 的安全性更新", "% 的更新",
     "此套件修正 % 的錯誤並提升其穩定性。安裝前請先閱讀下列文章。電腦可能需要重新開機。",
     "若要移除，請開啟控制台中的已安裝套件清單並選擇此項目。"},
    {"zh-tw", 1028, true, "% 的安全性更新", "% 更新",
     "此套件會修正 % 中的錯誤並使其更穩定。安裝前請閱讀下方列出的文章。您可能需要重新啟動電腦。",
     "若要移除，請開啟控制台中的已安裝套件清單，然後選擇此項目。"},
};

}  // namespace

std::span<const LocalizedText> localized_texts() { return texts; }

}  // namespace ferry::tests
